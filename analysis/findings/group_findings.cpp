#include "analysis/findings/group_findings.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "analysis/findings/finding.hpp"

namespace msgstat::analysis {
namespace {

std::size_t runs_with(const std::vector<GroupFinding>& findings, std::string_view id) {
  const auto found = std::find_if(findings.begin(), findings.end(),
                                  [id](const GroupFinding& one) { return one.finding.id == id; });
  return found == findings.end() ? 0 : found->runs;
}

bool is_explained(const Group& group) {
  return std::all_of(group.repeats.begin(), group.repeats.end(), [](const Repeat& repeat) {
    return std::all_of(repeat.measured.begin(), repeat.measured.end(),
                       [](const Run* run) { return run->futex && run->sched; });
  });
}

// "Only one has it" by shares, for the arms may have different numbers of runs.
bool is_only_in(std::size_t here, std::size_t of_here, std::size_t there, std::size_t of_there) {
  return 2 * here > of_here && 2 * there * of_here < here * of_there;
}

}  // namespace

std::size_t judged_runs(const Group& group) {
  return static_cast<std::size_t>(
      std::count_if(group.repeats.begin(), group.repeats.end(),
                    [](const Repeat& repeat) { return !repeat.measured.empty(); }));
}

std::vector<GroupFinding> find_group_findings(const Group& group) {
  std::vector<GroupFinding> all;
  for (const Repeat& repeat : group.repeats) {
    std::set<std::string> spoken;
    for (const Run* run : repeat.measured)
      for (Finding& finding : find_findings(*run)) {
        if (!spoken.insert(finding.id).second) continue;
        const auto known = std::find_if(all.begin(), all.end(), [&finding](const auto& one) {
          return one.finding.id == finding.id;
        });
        if (known == all.end())
          all.push_back({.finding = std::move(finding), .runs = 1});
        else
          ++known->runs;
      }
  }
  std::stable_sort(all.begin(), all.end(), [](const GroupFinding& a, const GroupFinding& b) {
    return severity_rank(a.finding) < severity_rank(b.finding);
  });
  return all;
}

ArmFindings find_arm_findings(const Group& first, const Group& second) {
  const std::array<const Group*, 2> groups = {&first, &second};
  const std::array<std::vector<GroupFinding>, 2> found = {find_group_findings(first),
                                                          find_group_findings(second)};
  ArmFindings result;
  result.is_explained = is_explained(first) && is_explained(second);
  for (std::size_t arm = 0; arm < 2; ++arm) {
    const std::size_t of_here = judged_runs(*groups[arm]);
    const std::size_t of_there = judged_runs(*groups[1 - arm]);
    if (of_there == 0) continue;
    for (const GroupFinding& one : found[arm]) {
      const std::size_t there = runs_with(found[1 - arm], one.finding.id);
      if (!is_only_in(one.runs, of_here, there, of_there)) continue;
      ArmFinding only{.arm = arm, .finding = one.finding};
      only.runs[arm] = one.runs;
      only.runs[1 - arm] = there;
      only.of[arm] = of_here;
      only.of[1 - arm] = of_there;
      result.only.push_back(std::move(only));
    }
  }
  std::stable_sort(result.only.begin(), result.only.end(),
                   [](const ArmFinding& a, const ArmFinding& b) {
                     return severity_rank(a.finding) < severity_rank(b.finding);
                   });
  return result;
}

}  // namespace msgstat::analysis
