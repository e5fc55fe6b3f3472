// Two arms as text: a table of every quantity with every point, and one paragraph in words. Pure;
// any thread.
#pragma once

#include <string>
#include <vector>

#include "analysis/compare.hpp"
#include "analysis/limit.hpp"
#include "analysis/render/text.hpp"

namespace msgstat::analysis::render {

// Empty when nothing could be tested.
std::string text_of_comparison(const ArmComparison& arms, const TextOptions& options);

// What changed, what did not, what cannot be told, and what to beware of: sentences, on one line.
std::string conclusion(const ArmComparison& arms);
// The same with its title, broken into lines.
std::string text_of_conclusion(const ArmComparison& arms, const TextOptions& options);

// The findings that only one arm has, with why and what to try; or how to get them, where something
// changed and the recording is of a lower level. May be empty.
std::string text_of_arm_findings(const ArmComparison& arms, const TextOptions& options);
// "in 10 of 10 runs of free, in 0 of 10 of pinned"
std::string runs_of_finding(const ArmComparison& arms, const ArmFinding& finding);

// All of them: the tables, then each in words, then what came of the limits.
std::string text_of_comparisons(const std::vector<ArmComparison>& comparisons,
                                const std::vector<LimitResult>& limits, const TextOptions& options);

// "thread: pinned against free"
std::string title_of(const ArmComparison& arms);

}  // namespace msgstat::analysis::render
