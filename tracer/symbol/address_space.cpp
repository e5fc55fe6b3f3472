#include "tracer/symbol/address_space.hpp"

#include <cxxabi.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>

#include "tracer/fd.hpp"

namespace msgstat::tracer {
namespace {

// A glibc arena of a thread other than the first: heap_info at a multiple of this (malloc/arena.c,
// HEAP_MAX_SIZE on 64 bits).
constexpr std::uint64_t kArenaBytes = 64ULL << 20;

std::optional<ElfFile> read_elf(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!fd.is_open() || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_size <= 0)
    return std::nullopt;
  const auto size = static_cast<std::size_t>(status.st_size);
  // Read, not mapped: a file that shrinks under a mapping raises SIGBUS.
  std::vector<std::byte> bytes(size);
  std::size_t got = 0;
  while (got < size) {
    const ssize_t more = ::pread(fd.get(), bytes.data() + got, size - got, static_cast<off_t>(got));
    if (more <= 0) break;
    got += static_cast<std::size_t>(more);
  }
  bytes.resize(got);
  return parse_elf(bytes);
}

std::string demangled(const std::string& name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 && text ? text.get() : name;
}

// Where distributions install what was stripped off, gdb(1), "Separate Debug Files".
std::string debug_file(const std::string& root, const std::string& build_id) {
  return root + "/usr/lib/debug/.build-id/" + build_id.substr(0, 2) + "/" + build_id.substr(2) +
         ".debug";
}

bool is_file(const MappedRegion& region) { return region.path.starts_with('/'); }

}  // namespace

AddressSpace::AddressSpace(pid_t pid) : pid_(pid) {
  if (pid == 0) return;
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  regions_ = parse_maps(std::string(std::istreambuf_iterator<char>(maps), {}));
}

const AddressSpace::Module& AddressSpace::module(const MappedRegion& region) {
  if (const auto known = modules_.find(region.path); known != modules_.end()) return known->second;
  Module& module = modules_[region.path];
  const std::string root = "/proc/" + std::to_string(pid_) + "/root";
  std::optional<ElfFile> file = read_elf(root + region.path);
  if (!file) return module;
  if (!file->has_symtab && file->build_id.size() > 2) {
    auto separate = read_elf(debug_file(root, file->build_id));
    if (separate && separate->build_id == file->build_id) {
      file->symbols = std::move(separate->symbols);
      file->has_symtab = separate->has_symtab;
    }
  }
  module.file = std::move(*file);
  // The first mapping of the file and the segment that it came from.
  const auto first =
      std::find_if(regions_.begin(), regions_.end(),
                   [&region](const MappedRegion& other) { return other.path == region.path; });
  for (const ElfSegment& segment : module.file.segments) {
    const std::uint64_t page_offset = segment.file_offset & ~std::uint64_t{4095};
    if (first->file_offset < page_offset ||
        first->file_offset >= segment.file_offset + segment.file_bytes)
      continue;
    module.bias = first->start - (segment.address - segment.file_offset + first->file_offset);
    break;
  }
  return module;
}

// What a program's file does not fill of its segments (.bss) is mapped anonymously after it.
const MappedRegion* AddressSpace::file_behind(std::size_t region) const {
  for (std::size_t i = region + 1; i-- > 0;) {
    if (is_file(regions_[i])) return &regions_[i];
    if (i == 0 || regions_[i - 1].end != regions_[i].start || !regions_[i].path.empty()) break;
  }
  return nullptr;
}

Place AddressSpace::place(std::uint64_t address, std::uint64_t stack_pointer) {
  const auto found =
      std::find_if(regions_.begin(), regions_.end(), [address](const MappedRegion& region) {
        return region.start <= address && address < region.end;
      });
  if (found == regions_.end()) return {.kind = "unknown"};
  const std::uint64_t offset = address - found->start;
  if (found->path.starts_with("[heap]")) return {.kind = "heap", .offset = offset};
  if (found->path.starts_with("[stack")) return {.kind = "stack", .offset = offset};

  const auto index = static_cast<std::size_t>(found - regions_.begin());
  if (const MappedRegion* mapped = file_behind(index)) {
    const Module& of = module(*mapped);
    const std::uint64_t in_file = address - of.bias;
    const bool is_inside = std::any_of(of.file.segments.begin(), of.file.segments.end(),
                                       [in_file](const ElfSegment& segment) {
                                         return in_file - segment.address < segment.memory_bytes;
                                       });
    if (const ElfSymbol* symbol = is_inside ? find_symbol(of.file.symbols, in_file) : nullptr)
      return {.kind = "symbol",
              .module = mapped->path,
              .symbol = demangled(symbol->name),
              .symbol_bytes = symbol->bytes,
              .offset = in_file - symbol->address};
    if (is_inside) return {.kind = "module", .module = mapped->path, .offset = in_file};
    if (is_file(*found))
      return {.kind = "module", .module = found->path, .offset = found->file_offset + offset};
  }
  if (found->start <= stack_pointer && stack_pointer < found->end)
    return {.kind = "stack", .offset = offset};
  if (found->start % kArenaBytes == 0 && index + 1 < regions_.size() &&
      regions_[index + 1].start == found->end && !regions_[index + 1].readable)
    return {.kind = "arena", .offset = offset};
  return {.kind = "anonymous", .offset = offset};
}

}  // namespace msgstat::tracer
