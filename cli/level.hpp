// --level, as bench and stat have it.
#pragma once

#include <string_view>

#include "tracer/window.hpp"

namespace msgstat::cli {

// "counts", "latency" or "explain". Throws UsageError for another word.
Level parse_level(std::string_view text);

}  // namespace msgstat::cli
