// What is at an address of a process: reads its maps once, and the files that are asked for,
// through /proc/PID/root, so that a container's files are its own. Owns what it has read. One
// thread at a time. What cannot be read (the process has ended, no privilege) makes places of kind
// "unknown".
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tracer/futex_use.hpp"
#include "tracer/symbol/elf.hpp"
#include "tracer/symbol/maps.hpp"

namespace msgstat::tracer {

class AddressSpace {
 public:
  // `pid` of our namespace; 0: unknown.
  explicit AddressSpace(pid_t pid);

  // `stack_pointer`: of a thread that used the address, which tells a thread's stack.
  Place place(std::uint64_t address, std::uint64_t stack_pointer);

 private:
  struct Module {
    ElfFile file;
    std::uint64_t bias = 0;  // of addresses in memory over those in the file
  };

  const Module& module(const MappedRegion& region);
  const MappedRegion* file_behind(std::size_t region) const;

  pid_t pid_;
  std::vector<MappedRegion> regions_;
  std::map<std::string, Module> modules_;  // by path
};

}  // namespace msgstat::tracer
