// Names of symbols of a hostile target: as long as they are, or as demangled() promises.
#include "tracer/symbol/demangle.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "tests/fuzz/input.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMost = std::size_t{64} << 10;
  if (msgstat::tracer::demangled(std::string(fuzz::text(data, size))).size() >
      std::max(size, kMost))
    std::abort();
  return 0;
}
