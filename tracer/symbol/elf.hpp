// The symbols of an ELF file of 64 bits in this machine's byte order (elf(5)). Pure: any bytes give
// an answer; what lies outside of the file, or is of another kind, is as if it were not there. Any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace msgstat::tracer {

struct ElfSegment {  // PT_LOAD
  std::uint64_t address = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t file_offset = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t alignment = 0;
};

struct ElfSymbol {
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
  std::string name;  // as it stands: mangled
};

struct ElfFile {
  std::vector<ElfSegment> segments;
  std::vector<ElfSymbol> symbols;  // of .symtab and .dynsym: those with an address, by address
  std::string build_id;            // hexadecimal; empty when there is none
  bool has_symtab = false;         // else stripped: the symbols are the dynamic ones
};

// Absent when it is no such file.
std::optional<ElfFile> parse_elf(std::span<const std::byte> bytes);

// The symbol that `address` lies in; of several the smallest. Null when there is none.
const ElfSymbol* find_symbol(const std::vector<ElfSymbol>& symbols, std::uint64_t address);

}  // namespace msgstat::tracer
