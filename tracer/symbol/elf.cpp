#include "tracer/symbol/elf.hpp"

#include <elf.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <utility>

namespace msgstat::tracer {
namespace {

using Bytes = std::span<const std::byte>;

// Beyond these it is no program's: bounds for what a hostile file can make us keep. All its symbols
// may have one long name, which stands in it once.
constexpr std::size_t kMostSymbols = 4'000'000;
constexpr std::size_t kMostNameBytesPerFileByte = 16;

std::optional<Bytes> part(Bytes bytes, std::uint64_t offset, std::uint64_t size) {
  if (offset > bytes.size() || size > bytes.size() - offset) return std::nullopt;
  return bytes.subspan(offset, size);
}

// The file may lay it out unaligned.
template <typename T>
std::optional<T> read(Bytes bytes, std::uint64_t offset) {
  const auto found = part(bytes, offset, sizeof(T));
  if (!found) return std::nullopt;
  T value{};
  std::memcpy(&value, found->data(), sizeof value);
  return value;
}

template <typename T>
std::vector<T> read_table(Bytes bytes, std::uint64_t offset, std::uint64_t count) {
  std::vector<T> table;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto entry = read<T>(bytes, offset + i * sizeof(T));
    if (!entry) break;
    table.push_back(*entry);
  }
  return table;
}

std::string text_at(Bytes table, std::uint64_t offset) {
  if (offset >= table.size()) return {};
  const auto* text = reinterpret_cast<const char*>(table.data()) + offset;
  return {text, ::strnlen(text, table.size() - offset)};
}

std::string hexadecimal(Bytes bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4];
    text += kDigits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

std::string find_build_id(Bytes notes) {
  const auto padded = [](std::uint64_t size) { return (size + 3) & ~std::uint64_t{3}; };
  for (std::uint64_t at = 0;;) {
    const auto note = read<Elf64_Nhdr>(notes, at);
    if (!note) return {};
    const std::uint64_t name = at + sizeof *note;
    const std::uint64_t description = name + padded(note->n_namesz);
    if (note->n_type == NT_GNU_BUILD_ID && text_at(notes, name) == "GNU") {
      const auto id = part(notes, description, note->n_descsz);
      return id ? hexadecimal(*id) : std::string();
    }
    at = description + padded(note->n_descsz);
  }
}

bool has_address(const Elf64_Sym& symbol) {
  const auto type = ELF64_ST_TYPE(symbol.st_info);
  return symbol.st_shndx != SHN_UNDEF && symbol.st_value != 0 &&
         (type == STT_OBJECT || type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE);
}

void add_symbols(Bytes bytes, const Elf64_Shdr& section, const Elf64_Shdr& names, ElfFile& file,
                 std::size_t& name_bytes_left) {
  const auto table = part(bytes, section.sh_offset, section.sh_size);
  const auto strings = part(bytes, names.sh_offset, names.sh_size);
  if (!table || !strings) return;
  for (const auto& symbol : read_table<Elf64_Sym>(*table, 0, table->size() / sizeof(Elf64_Sym))) {
    if (!has_address(symbol) || file.symbols.size() == kMostSymbols) continue;
    std::string name = text_at(*strings, symbol.st_name);
    if (name.empty() || name.size() > name_bytes_left) continue;
    name_bytes_left -= name.size();
    file.symbols.push_back(
        {.address = symbol.st_value, .bytes = symbol.st_size, .name = std::move(name)});
  }
}

}  // namespace

std::optional<ElfFile> parse_elf(Bytes bytes) {
  const auto header = read<Elf64_Ehdr>(bytes, 0);
  constexpr auto kOrder = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != kOrder)
    return std::nullopt;

  ElfFile file;
  if (header->e_phentsize == sizeof(Elf64_Phdr))
    for (const auto& segment : read_table<Elf64_Phdr>(bytes, header->e_phoff, header->e_phnum))
      if (segment.p_type == PT_LOAD)
        file.segments.push_back({.address = segment.p_vaddr,
                                 .memory_bytes = segment.p_memsz,
                                 .file_offset = segment.p_offset,
                                 .file_bytes = segment.p_filesz,
                                 .alignment = segment.p_align});

  std::vector<Elf64_Shdr> sections;
  if (header->e_shentsize == sizeof(Elf64_Shdr))
    sections = read_table<Elf64_Shdr>(bytes, header->e_shoff, header->e_shnum);
  std::size_t name_bytes_left = kMostNameBytesPerFileByte * bytes.size();
  bool has_dynsym = false;
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_type == SHT_NOTE && file.build_id.empty())
      if (const auto notes = part(bytes, section.sh_offset, section.sh_size))
        file.build_id = find_build_id(*notes);
    if (section.sh_type != SHT_SYMTAB && section.sh_type != SHT_DYNSYM) continue;
    bool& had_one =
        section.sh_type == SHT_SYMTAB ? file.has_symtab : has_dynsym;  // elf(5): one each
    if (section.sh_link >= sections.size() || std::exchange(had_one, true)) continue;
    add_symbols(bytes, section, sections[section.sh_link], file, name_bytes_left);
  }
  std::stable_sort(file.symbols.begin(), file.symbols.end(),
                   [](const ElfSymbol& a, const ElfSymbol& b) { return a.address < b.address; });
  return file;
}

const ElfSymbol* find_symbol(const std::vector<ElfSymbol>& symbols, std::uint64_t address) {
  auto after = std::upper_bound(
      symbols.begin(), symbols.end(), address,
      [](std::uint64_t wanted, const ElfSymbol& symbol) { return wanted < symbol.address; });
  const ElfSymbol* best = nullptr;
  // Symbols may lie in each other; farther back than this they do not in practice.
  constexpr int kLookBack = 64;
  for (int i = 0; i < kLookBack && after != symbols.begin(); ++i) {
    --after;
    if (address - after->address < after->bytes && (best == nullptr || after->bytes < best->bytes))
      best = &*after;
  }
  return best;
}

}  // namespace msgstat::tracer
