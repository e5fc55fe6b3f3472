#include "analysis/group.hpp"

#include <algorithm>

namespace msgstat::analysis {
namespace {

Group& group_of(std::vector<Group>& groups, const Run& run) {
  const auto found = std::find_if(groups.begin(), groups.end(), [&run](const Group& group) {
    return group.label == run.label && group.arm == run.arm;
  });
  return found != groups.end() ? *found : groups.emplace_back(Group{run.label, run.arm, {}});
}

Repeat& repeat_of(Group& group, std::uint64_t number) {
  const auto found =
      std::lower_bound(group.repeats.begin(), group.repeats.end(), number,
                       [](const Repeat& repeat, std::uint64_t n) { return repeat.number < n; });
  if (found != group.repeats.end() && found->number == number) return *found;
  return *group.repeats.insert(found, Repeat{.number = number});
}

}  // namespace

const Run& Group::first() const {
  const Repeat& repeat = repeats.front();
  return *(repeat.measured.empty() ? repeat.bare : repeat.measured).front();
}

bool Group::has_bare() const {
  return std::any_of(repeats.begin(), repeats.end(),
                     [](const Repeat& repeat) { return !repeat.bare.empty(); });
}

bool Group::has_measured() const {
  return std::any_of(repeats.begin(), repeats.end(),
                     [](const Repeat& repeat) { return !repeat.measured.empty(); });
}

bool Group::counts_units() const {
  const auto has_units = [](const Windows& windows) {
    return std::any_of(windows.begin(), windows.end(),
                       [](const Run* run) { return run->unit && run->unit->count > 0; });
  };
  return std::all_of(repeats.begin(), repeats.end(), [&has_units](const Repeat& repeat) {
    return (repeat.bare.empty() || has_units(repeat.bare)) &&
           (repeat.measured.empty() || has_units(repeat.measured));
  });
}

const Windows& Group::unobserved(const Repeat& repeat) const {
  return has_bare() ? repeat.bare : repeat.measured;
}

std::vector<Group> group_runs(const Recording& recording) {
  std::vector<Group> groups;
  for (const Run& run : recording.runs) {
    Repeat& repeat = repeat_of(group_of(groups, run), run.repeat);
    (run.window.measured ? repeat.measured : repeat.bare).push_back(&run);
  }
  const auto place = [&recording, seen = groups](const Group& group) {
    const auto label = std::find_if(seen.begin(), seen.end(), [&group](const Group& other) {
      return other.label == group.label;
    });
    const auto arm =
        std::find_if(recording.arms.begin(), recording.arms.end(),
                     [&group](const ArmSettings& other) { return other.name == group.arm; });
    return std::pair(label - seen.begin(), arm - recording.arms.begin());
  };
  std::stable_sort(groups.begin(), groups.end(),
                   [&place](const Group& a, const Group& b) { return place(a) < place(b); });
  return groups;
}

bool has_arms(const Recording& recording) {
  return std::any_of(recording.runs.begin(), recording.runs.end(),
                     [](const Run& run) { return !run.arm.empty(); });
}

}  // namespace msgstat::analysis
