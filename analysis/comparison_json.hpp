// "comparisons" of a recording: a line for each quantity of two arms. Pure; any thread.
#pragma once

#include <vector>

#include "analysis/compare.hpp"
#include "analysis/json_value.hpp"

namespace msgstat::analysis {

Json comparisons_json(const std::vector<ArmComparison>& comparisons);

}  // namespace msgstat::analysis
