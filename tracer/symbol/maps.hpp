// /proc/PID/maps (proc(5)) as values. Pure: any bytes give a list, lines that are no mapping are
// left out. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace msgstat::tracer {

struct MappedRegion {
  std::uint64_t start = 0;
  std::uint64_t end = 0;  // after start
  bool readable = false;
  bool writable = false;
  bool executable = false;
  std::uint64_t file_offset = 0;
  std::string path;  // of a file, "[heap]", "[stack]"; empty: anonymous
};

std::vector<MappedRegion> parse_maps(std::string_view text);

}  // namespace msgstat::tracer
