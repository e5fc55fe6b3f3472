#include "tracer/symbol/open_elf.hpp"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>

#include <cstring>

#include "tracer/error.hpp"
#include "tracer/fd.hpp"

namespace msgstat::tracer {

struct OpenElf::Impl {
  Fd descriptor;
  std::unique_ptr<Elf, decltype(&elf_end)> elf{nullptr, elf_end};
};

OpenElf::OpenElf(const std::string& path) : impl_(std::make_unique<Impl>()) {
  elf_version(EV_CURRENT);
  impl_->descriptor =
      Fd(check(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK), "open " + path));
  impl_->elf.reset(elf_begin(impl_->descriptor.get(), ELF_C_READ, nullptr));
  if (!impl_->elf || elf_kind(elf()) != ELF_K_ELF) throw Error(path + " is no ELF file");
}

OpenElf::~OpenElf() = default;

Elf* OpenElf::elf() const { return impl_->elf.get(); }

Elf_Scn* OpenElf::find_section(const char* name) const {
  std::size_t names = 0;
  if (elf_getshdrstrndx(elf(), &names) != 0) return nullptr;
  for (Elf_Scn* section = elf_nextscn(elf(), nullptr); section != nullptr;
       section = elf_nextscn(elf(), section)) {
    GElf_Shdr header{};
    if (gelf_getshdr(section, &header) == nullptr) continue;
    const char* own = elf_strptr(elf(), names, header.sh_name);
    if (own != nullptr && std::strcmp(own, name) == 0) return section;
  }
  return nullptr;
}

std::optional<std::uint64_t> OpenElf::to_offset(std::uint64_t address) const {
  std::size_t count = 0;
  if (elf_getphdrnum(elf(), &count) != 0) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr segment{};
    if (gelf_getphdr(elf(), static_cast<int>(i), &segment) == nullptr) continue;
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz)
      return address - segment.p_vaddr + segment.p_offset;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> find_function(const std::string& path, const std::string& name) {
  const OpenElf file(path);
  for (const char* table : {".symtab", ".dynsym"}) {
    Elf_Scn* section = file.find_section(table);
    GElf_Shdr header{};
    Elf_Data* data = section == nullptr ? nullptr : elf_getdata(section, nullptr);
    if (data == nullptr || gelf_getshdr(section, &header) == nullptr || header.sh_entsize == 0)
      continue;
    const auto count = static_cast<int>(header.sh_size / header.sh_entsize);
    for (int i = 0; i < count; ++i) {
      GElf_Sym symbol{};
      if (gelf_getsym(data, i, &symbol) == nullptr || GELF_ST_TYPE(symbol.st_info) != STT_FUNC ||
          symbol.st_shndx == SHN_UNDEF)
        continue;
      const char* own = elf_strptr(file.elf(), header.sh_link, symbol.st_name);
      if (own != nullptr && name == own) return file.to_offset(symbol.st_value);
    }
  }
  return std::nullopt;
}

}  // namespace msgstat::tracer
