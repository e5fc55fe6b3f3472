// What a recording says of its arms. Pure; any thread.
#pragma once

#include <vector>

#include "analysis/compare.hpp"
#include "analysis/json_value.hpp"

namespace msgstat::analysis {

// An entry for each quantity of each two arms.
Json comparisons_json(const std::vector<ArmComparison>& comparisons);
// An entry for each finding that only one of two arms has.
Json arm_findings_json(const std::vector<ArmComparison>& comparisons);

}  // namespace msgstat::analysis
