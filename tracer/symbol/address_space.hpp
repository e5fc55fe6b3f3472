// What is at an address of a process: reads its maps, and the files that are asked for, through
// /proc/PID/root, so that a container's files are its own. Owns what it has read, which stays good
// when the process has ended since. One thread at a time. What cannot be read (it had ended before,
// no privilege) makes places of kind "unknown".
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/futex_use.hpp"
#include "tracer/stack_use.hpp"
#include "tracer/symbol/elf.hpp"
#include "tracer/symbol/maps.hpp"

namespace msgstat::tracer {

// A mapped file that has code.
struct CodeFile {
  std::string name;           // as the process has it
  std::string readable_path;  // where we can read it
  std::uint64_t begin = 0;    // in memory: its first segment, aligned down as that asks for
  std::uint64_t end = 0;      // of its last segment
};

// `bias`: of addresses in memory over those in the file. `segments`: not empty.
CodeFile code_file(std::string name, std::string readable_path,
                   const std::vector<ElfSegment>& segments, std::uint64_t bias);

class AddressSpace {
 public:
  // `pid` of our namespace; 0: unknown.
  explicit AddressSpace(pid_t pid);

  // Reads the maps again; as long as there are none, the old ones are kept.
  void refresh();
  [[nodiscard]] pid_t pid() const { return pid_; }

  // False also for code that was mapped after the maps were read.
  [[nodiscard]] bool has_code(std::uint64_t address) const;
  // In address order.
  std::vector<CodeFile> code_files();
  // The address in memory of a symbol of the first file whose name, without folders, begins with
  // `file`; absent when there is none.
  std::optional<std::uint64_t> find(std::string_view file, std::string_view symbol);
  // The function that an instruction belongs to.
  StackFrame frame(std::uint64_t address);
  // `stack_pointer`: of a thread that used the address, which tells a thread's stack.
  Place place(std::uint64_t address, std::uint64_t stack_pointer);

 private:
  struct Module {
    ElfFile file;
    std::uint64_t bias = 0;  // of addresses in memory over those in the file
  };

  [[nodiscard]] std::string readable(const std::string& path) const;
  [[nodiscard]] std::uint64_t bias_of(const std::vector<ElfSegment>& segments,
                                      const std::string& path) const;
  const Module& module(const MappedRegion& region);
  const MappedRegion* file_behind(std::size_t region) const;

  pid_t pid_;
  std::string root_;  // before a path of the process; empty: its root is ours
  std::vector<MappedRegion> regions_;
  std::map<std::string, Module> modules_;  // by path
};

}  // namespace msgstat::tracer
