#include "tracer/symbol/address_space.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "tracer/fd.hpp"
#include "tracer/symbol/demangle.hpp"

namespace msgstat::tracer {
namespace {

// A glibc arena of a thread other than the first: heap_info at a multiple of this (malloc/arena.c,
// HEAP_MAX_SIZE on 64 bits).
constexpr std::uint64_t kArenaBytes = 64ULL << 20;

// A target may map a file that is all hole, and longer than memory.
constexpr off_t kMostFileBytes = off_t{4} << 30;

std::optional<ElfFile> read_elf(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!fd.is_open() || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_size <= 0 || status.st_size > kMostFileBytes)
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

// Where distributions install what was stripped off, gdb(1), "Separate Debug Files".
std::string debug_file(const std::string& root, const std::string& build_id) {
  return root + "/usr/lib/debug/.build-id/" + build_id.substr(0, 2) + "/" + build_id.substr(2) +
         ".debug";
}

bool is_same_file(const std::string& one, const std::string& other) {
  struct stat first {};
  struct stat second {};
  return ::stat(one.c_str(), &first) == 0 && ::stat(other.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

// The version of a symbol, "@@GLIBC_2.34", is part of its name in the files of debug packages.
std::string plain_name(const ElfSymbol& symbol) {
  return demangled(symbol.name.substr(0, symbol.name.find('@')));
}

bool is_file(const MappedRegion& region) { return region.path.starts_with('/'); }

}  // namespace

CodeFile code_file(std::string name, std::string readable_path,
                   const std::vector<ElfSegment>& segments, std::uint64_t bias) {
  const ElfSegment& first = segments.front();
  const ElfSegment& last = segments.back();
  return {.name = std::move(name),
          .readable_path = std::move(readable_path),
          .begin = bias + (first.address & -first.alignment),
          .end = bias + last.address + last.memory_bytes};
}

AddressSpace::AddressSpace(pid_t pid) : pid_(pid) {
  if (pid == 0) return;
  const std::string process = "/proc/" + std::to_string(pid);
  if (!is_same_file(process + "/root", "/") ||
      !is_same_file(process + "/ns/mnt", "/proc/self/ns/mnt"))
    root_ = process + "/root";
  refresh();
}

void AddressSpace::refresh() {
  if (pid_ == 0) return;
  std::ifstream maps("/proc/" + std::to_string(pid_) + "/maps");
  // Of a process that ends meanwhile the read fails. An iterator would throw that, << does not.
  std::ostringstream text;
  text << maps.rdbuf();
  auto now = parse_maps(text.str());
  if (now.empty()) return;
  regions_ = std::move(now);
  for (auto& [path, of] : modules_) of.bias = bias_of(of.file.segments, path);
}

bool AddressSpace::has_code(std::uint64_t address) const {
  return std::any_of(regions_.begin(), regions_.end(), [address](const MappedRegion& region) {
    return region.executable && region.start <= address && address < region.end;
  });
}

std::string AddressSpace::readable(const std::string& path) const { return root_ + path; }

// From the first mapping of the file and the segment that it came from.
std::uint64_t AddressSpace::bias_of(const std::vector<ElfSegment>& segments,
                                    const std::string& path) const {
  const auto first =
      std::find_if(regions_.begin(), regions_.end(),
                   [&path](const MappedRegion& other) { return other.path == path; });
  if (first == regions_.end()) return 0;
  for (const ElfSegment& segment : segments) {
    const std::uint64_t page_offset = segment.file_offset & ~std::uint64_t{4095};
    if (first->file_offset >= page_offset &&
        first->file_offset < segment.file_offset + segment.file_bytes)
      return first->start - (segment.address - segment.file_offset + first->file_offset);
  }
  return 0;
}

std::vector<CodeFile> AddressSpace::code_files() {
  std::vector<CodeFile> files;
  std::set<std::string_view> seen;
  for (const MappedRegion& region : regions_) {
    if (!region.executable || !is_file(region) || !seen.insert(region.path).second) continue;
    const Module& of = module(region);
    if (!of.file.segments.empty())
      files.push_back(code_file(region.path, readable(region.path), of.file.segments, of.bias));
  }
  return files;
}

std::optional<std::uint64_t> AddressSpace::find(std::string_view file, std::string_view symbol) {
  for (const MappedRegion& region : regions_) {
    const std::string_view path = region.path;
    if (!is_file(region) || !path.substr(path.rfind('/') + 1).starts_with(file)) continue;
    const Module& of = module(region);
    for (const ElfSymbol& each : of.file.symbols)
      if (each.name == symbol) return each.address + of.bias;
  }
  return std::nullopt;
}

StackFrame AddressSpace::frame(std::uint64_t address) {
  const Place at = place(address, 0);
  return {.function = at.symbol, .file = at.module, .offset = at.offset};
}

const AddressSpace::Module& AddressSpace::module(const MappedRegion& region) {
  if (const auto known = modules_.find(region.path); known != modules_.end()) return known->second;
  Module& module = modules_[region.path];
  std::optional<ElfFile> file = read_elf(readable(region.path));
  if (!file) return module;
  if (!file->has_symtab && file->build_id.size() > 2) {
    auto separate = read_elf(debug_file(root_, file->build_id));
    if (separate && separate->build_id == file->build_id) {
      file->symbols = std::move(separate->symbols);
      file->has_symtab = separate->has_symtab;
    }
  }
  module.file = std::move(*file);
  module.bias = bias_of(module.file.segments, region.path);
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
              .symbol = plain_name(*symbol),
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
