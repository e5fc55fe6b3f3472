#include "tracer/symbol/static_probes.hpp"

#include <gelf.h>
#include <libelf.h>

#include <cstring>
#include <optional>

#include "tracer/symbol/open_elf.hpp"

namespace msgstat::tracer {
namespace {

constexpr GElf_Word kStaticProbeNote = 3;

// Three addresses of the file's width, then three strings: provider, name, arguments.
std::optional<StaticProbe> decode(const OpenElf& file, const char* data, std::size_t bytes,
                                  std::optional<std::uint64_t> base_now) {
  const std::size_t width = gelf_fsize(file.elf(), ELF_T_ADDR, 1, EV_CURRENT);
  std::uint64_t address[3] = {};
  if (bytes < 3 * width || width > sizeof address[0]) return std::nullopt;
  for (std::size_t i = 0; i < 3; ++i) std::memcpy(&address[i], data + i * width, width);
  const char* text = data + 3 * width;
  const char* end = data + bytes;
  std::string strings[2];
  for (std::string& string : strings) {
    const void* stop = std::memchr(text, 0, static_cast<std::size_t>(end - text));
    if (stop == nullptr) return std::nullopt;
    string = text;
    text = static_cast<const char*>(stop) + 1;
  }
  // The note has where .stapsdt.base was when it was written; prelink moves it and not the note.
  const std::uint64_t moved = base_now ? *base_now - address[1] : 0;
  const auto offset = file.to_offset(address[0] + moved);
  if (!offset) return std::nullopt;
  return StaticProbe{
      .provider = strings[0],
      .name = strings[1],
      .offset = *offset,
      .semaphore_offset = address[2] == 0 ? 0 : file.to_offset(address[2] + moved).value_or(0)};
}

}  // namespace

std::vector<StaticProbe> list_static_probes(const std::string& path) {
  const OpenElf file(path);
  std::optional<std::uint64_t> base;
  GElf_Shdr base_header{};
  Elf_Scn* base_section = file.find_section(".stapsdt.base");
  if (base_section != nullptr && gelf_getshdr(base_section, &base_header) != nullptr)
    base = base_header.sh_addr;
  std::vector<StaticProbe> probes;
  Elf_Scn* notes = file.find_section(".note.stapsdt");
  Elf_Data* data = notes == nullptr ? nullptr : elf_getdata(notes, nullptr);
  if (data == nullptr) return probes;
  GElf_Nhdr header{};
  std::size_t name_at = 0;
  std::size_t content_at = 0;
  for (std::size_t at = 0; (at = gelf_getnote(data, at, &header, &name_at, &content_at)) > 0;) {
    const char* bytes = static_cast<const char*>(data->d_buf);
    if (header.n_type != kStaticProbeNote || header.n_namesz != sizeof "stapsdt" ||
        std::memcmp(bytes + name_at, "stapsdt", sizeof "stapsdt") != 0)
      continue;
    if (auto probe = decode(file, bytes + content_at, header.n_descsz, base))
      probes.push_back(std::move(*probe));
  }
  return probes;
}

}  // namespace msgstat::tracer
