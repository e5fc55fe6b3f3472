#include "cli/level.hpp"

#include <fmt/format.h>

#include "tracer/error.hpp"

namespace msgstat::cli {

Level parse_level(std::string_view text) {
  if (text == "counts") return Level::kCounts;
  if (text == "latency") return Level::kLatency;
  if (text == "explain") return Level::kExplain;
  throw UsageError(fmt::format("--level takes counts, latency or explain, not '{}'", text));
}

}  // namespace msgstat::cli
