// Rules: each a pure function from a run to what it finds there, one file each, in one table. Any
// thread. A rule that lacks what it needs (a level, a unit) finds nothing.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "analysis/recording.hpp"

namespace msgstat::analysis {

struct Rule {
  const char* id;
  const char* looks_for;  // a clause
  const char* threshold;  // when it speaks
  const char* source;     // where the threshold comes from
  const char* needs;      // "level explain", "level counts"
  std::vector<Finding> (*judge)(const Run& run);
};

// In the order of what they usually cost.
std::span<const Rule> rules();

// 0 for "high"; for sorting.
std::size_t severity_rank(const Finding& finding);

// Of all rules, the severest first. Runs that are bare have none.
std::vector<Finding> find_findings(const Run& run);

}  // namespace msgstat::analysis
