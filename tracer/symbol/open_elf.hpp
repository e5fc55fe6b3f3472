// An ELF file, read by libelf. Owns its descriptor; any one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct Elf;
struct Elf_Scn;

namespace msgstat::tracer {

class OpenElf {
 public:
  // Throws Error for what cannot be read or is no ELF file.
  explicit OpenElf(const std::string& path);
  ~OpenElf();
  OpenElf(const OpenElf&) = delete;
  OpenElf& operator=(const OpenElf&) = delete;

  [[nodiscard]] Elf* elf() const;
  // Null when there is none.
  [[nodiscard]] Elf_Scn* find_section(const char* name) const;
  // Where in the file that address is loaded from; absent when from nowhere.
  [[nodiscard]] std::optional<std::uint64_t> to_offset(std::uint64_t address) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Where in the file a function begins, of .symtab or .dynsym; absent when there is none.
std::optional<std::uint64_t> find_function(const std::string& path, const std::string& name);

}  // namespace msgstat::tracer
