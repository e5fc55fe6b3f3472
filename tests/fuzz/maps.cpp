// /proc/PID/maps of a target that names its files as it likes: the regions are no more than the
// lines, and lie in the text.
#include <algorithm>
#include <cstdlib>

#include "tests/fuzz/input.hpp"
#include "tracer/symbol/maps.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text(data, size);
  const auto regions = msgstat::tracer::parse_maps(text);
  if (std::ssize(regions) > std::ranges::count(text, '\n') + 1) std::abort();
  for (const auto& region : regions) {
    if (region.start >= region.end || region.path.find('\n') != std::string::npos) std::abort();
    if (text.find(region.path) == std::string_view::npos) std::abort();
  }
  return 0;
}
