// Lines of Python's instructions, held against what CPython says of its own code objects.
#include "tracer/symbol/python_lines.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"

namespace {

using msgstat::tracer::find_python_line;

// For each code object of some modules: its first line, its table in hexadecimal, and the ranges
// that co_lines() gives, START END LINE, 0 for none.
constexpr const char* kScript = R"(
import argparse, ast, asyncio.base_events, inspect, json, sys, tarfile, types, typing
if sys.version_info[:2] < (3, 11):
    sys.exit(3)
todo = []
for module in list(sys.modules.values()):
    for value in list(vars(module).values()):
        if isinstance(value, types.FunctionType):
            todo.append(value.__code__)
        elif isinstance(value, type):
            todo += [f.__code__ for f in vars(value).values() if isinstance(f, types.FunctionType)]
seen = set()
while todo and len(seen) < 3000:
    code = todo.pop()
    if id(code) in seen:
        continue
    seen.add(id(code))
    todo += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    print(code.co_firstlineno, code.co_linetable.hex() or '-',
          *(f'{a} {b} {line or 0}' for a, b, line in code.co_lines()))
)";

std::vector<std::byte> from_hexadecimal(const std::string& text) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return bytes;
}

TEST(PythonLines, AreThoseThatCpythonGives) {
  const auto result = support::run({"/usr/bin/python3", "-c", kScript});
  SKIP_UNLESS((support::Requirement{"python3.11", result.status != support::exited(3), 0,
                                    "/usr/bin/python3 is older"}));
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  std::istringstream text(result.out);
  std::size_t instructions = 0;
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    std::uint32_t first = 0;
    std::string table;
    words >> first >> table;
    const auto bytes = from_hexadecimal(table);
    std::uint64_t end = 0;
    for (std::uint64_t begin = 0, number = 0; words >> begin >> end >> number;)
      for (std::uint64_t at = begin; at < end; at += 2, ++instructions)
        ASSERT_EQ(find_python_line(bytes, first, at).value_or(0), number) << line << " at " << at;
    EXPECT_FALSE(find_python_line(bytes, first, end)) << line;
  }
  EXPECT_GT(instructions, 50'000U);
}

TEST(PythonLines, OfAnyBytesGiveAnAnswer) {
  std::mt19937 random(7);
  EXPECT_FALSE(find_python_line({}, 1, 0));
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> bytes(random() % 40);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    if (!bytes.empty()) bytes[0] |= std::byte{128};
    EXPECT_GT(find_python_line(bytes, 1, random() % 64).value_or(1), 0U);
  }
}

}  // namespace
