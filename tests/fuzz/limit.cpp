// Limits of `compare --fail-if`: each names a quantity and a change, or is one line of bad usage.
#include "analysis/limit.hpp"

#include <cmath>
#include <cstdlib>

#include "tests/fuzz/input.hpp"
#include "tracer/error.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto limit = msgstat::analysis::parse_limit(fuzz::text(data, size));
    if (limit.metric.empty() || !std::isfinite(limit.change) || limit.change <= -1) std::abort();
  } catch (const msgstat::UsageError&) {
    return 0;
  }
  return 0;
}
