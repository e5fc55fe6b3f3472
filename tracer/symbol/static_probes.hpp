// Static probes that a program carries (sys/sdt.h): ELF notes of owner "stapsdt" and type 3,
// https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation. Reads only; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace msgstat::tracer {

struct StaticProbe {
  std::string provider;
  std::string name;
  std::uint64_t offset = 0;            // in the file, of the instruction
  std::uint64_t semaphore_offset = 0;  // in the file; 0: it has none
};

// One for each place, so the same name more than once. Empty for a file without. Throws Error for
// what is no ELF file or cannot be read.
std::vector<StaticProbe> list_static_probes(const std::string& path);

}  // namespace msgstat::tracer
