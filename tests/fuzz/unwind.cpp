// Unwind information of a hostile target's file, which is the input behind eight words: where the
// thread is in it, then what its stack has over and over. Whatever they are, a walk ends.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <span>
#include <vector>

#include "bpf/abi.h"
#include "tests/fuzz/hostile_file.hpp"
#include "tests/fuzz/input.hpp"
#include "tracer/symbol/unwinder.hpp"

namespace {

using namespace msgstat::tracer;

constexpr std::uint64_t kFileAt = 0x10'0000'0000;
constexpr std::uint64_t kStackAt = 0x7f00'0000'0000;

// libdw is not instrumented: that a walk is one which was not seen before, libFuzzer learns here.
__attribute__((section("__libfuzzer_extra_counters"))) std::uint8_t walks[1 << 12];

// An offset in the file, or with the highest bit in the stack.
std::uint64_t address(std::uint16_t word) {
  return (word & 0x8000) != 0 ? kStackAt + (word & 0x7fff) : kFileAt + word;
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): the sanitizers' names
// libdw makes room for as many registers as the file names. A process that has not so much memory
// is told so, and that is what is asked for here.
extern "C" void* __interceptor_realloc(void* old, std::size_t bytes);
extern "C" __attribute__((visibility("default"))) void* realloc(void* old, std::size_t bytes) {
  return bytes > (std::size_t{1} << 16) ? nullptr : __interceptor_realloc(old, bytes);
}

// elfutils 0.188 keeps the operands of a DWARF expression that takes more steps than it allows, and
// names of sections. msgstat has it in a child that ends (unwind_confined()).
extern "C" const char* __lsan_default_suppressions();
const char* __lsan_default_suppressions() { return "leak:libdw.so\nleak:libelf.so\n"; }
// NOLINTEND(readability-identifier-naming)

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint16_t words[8];
  if (size < sizeof words) return 0;
  std::memcpy(words, data, sizeof words);
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(sizeof words);
  const auto file = parse_elf(bytes);
  if (!file || file->segments.empty()) return 0;  // as AddressSpace

  std::uint64_t registers[REGISTERS];
  std::fill(std::begin(registers), std::end(registers), kStackAt);
  registers[REGISTER_PC] = address(words[0]);
  std::uint64_t stack[STACK_BYTES / sizeof(std::uint64_t)];
  for (std::size_t i = 0; i < std::size(stack); ++i)
    stack[i] = address(words[i % std::size(words)]);

  Unwinder unwinder({code_file("hostile", fuzz::hostile_file(bytes), file->segments, kFileAt)});
  const auto calls =
      unwinder.unwind({.registers = registers, .stack = std::as_bytes(std::span(stack))});
  std::size_t walk = 0;
  for (const std::uint64_t call : calls) walk = walk * 31 + call;
  walks[walk % std::size(walks)] = 1;
  if (calls.size() > 64) std::abort();
  return 0;
}
