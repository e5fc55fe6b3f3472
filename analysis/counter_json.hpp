// Counters and threads as the recording has them (docs/formats.md). Pure; any thread.
#pragma once

#include <optional>
#include <vector>

#include "analysis/json_value.hpp"
#include "analysis/recording.hpp"

namespace msgstat::analysis {

// `per_unit` is written when there is a unit to divide by.
Json counters_json(const std::vector<Counter>& counters, const std::optional<Unit>& unit);
std::vector<Counter> read_counters(const JsonValue& in);

Json threads_json(const std::vector<ThreadCounts>& threads);
std::vector<ThreadCounts> read_threads(const JsonValue& in);

}  // namespace msgstat::analysis
