// ELF files of a hostile target: symbols, and by libelf functions and static probes. What is kept
// is in proportion to the file.
#include "tracer/symbol/elf.hpp"

#include <cstdlib>
#include <span>
#include <string>

#include "tests/fuzz/hostile_file.hpp"
#include "tests/fuzz/input.hpp"
#include "tracer/error.hpp"
#include "tracer/symbol/open_elf.hpp"
#include "tracer/symbol/static_probes.hpp"

namespace {

using namespace msgstat::tracer;

void read_symbols(std::span<const std::byte> bytes) {
  const auto file = parse_elf(bytes);
  if (!file) return;
  std::size_t kept = file->segments.size() * sizeof(ElfSegment) + file->build_id.size();
  for (const ElfSymbol& symbol : file->symbols) kept += sizeof symbol + symbol.name.size();
  constexpr std::size_t kProportion = 32;
  if (kept > kProportion * bytes.size()) std::abort();
  for (const ElfSymbol& symbol : file->symbols) {
    const ElfSymbol* found = find_symbol(file->symbols, symbol.address);
    if (found != nullptr && symbol.address - found->address >= found->bytes) std::abort();
  }
}

void read_by_libelf(std::span<const std::byte> bytes) {
  const std::string& path = fuzz::hostile_file(bytes);
  try {
    static_cast<void>(find_function(path, "main"));
    static_cast<void>(list_static_probes(path));
  } catch (const msgstat::Error&) {
    return;
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  read_symbols(bytes);
  read_by_libelf(bytes);
  return 0;
}
