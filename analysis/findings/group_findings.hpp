// What the rules find over the runs of a group, and which of it only one of two arms has. Pure; any
// thread.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "analysis/group.hpp"
#include "analysis/recording.hpp"

namespace msgstat::analysis {

// A rule's verdict on a group. A rule that speaks of several words in a run counts once.
struct GroupFinding {
  Finding finding;       // of the first run that has it, its severest
  std::size_t runs = 0;  // of the group, in which the rule speaks
};

// The severest first.
std::vector<GroupFinding> find_group_findings(const Group& group);
// How many runs could be judged: those that were measured.
std::size_t judged_runs(const Group& group);

// A finding of more than half of the runs of one arm, and of fewer than half as many of the other.
struct ArmFinding {
  std::size_t arm = 0;  // 0 or 1
  Finding finding;
  std::array<std::size_t, 2> runs{};  // in which it is found
  std::array<std::size_t, 2> of{};    // that were judged
};

struct ArmFindings {
  std::vector<ArmFinding> only;  // the severest first
  bool is_explained = false;     // every measured run of both was recorded at level explain
};

ArmFindings find_arm_findings(const Group& first, const Group& second);

}  // namespace msgstat::analysis
