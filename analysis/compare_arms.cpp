#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/compare.hpp"
#include "analysis/printable.hpp"
#include "tracer/error.hpp"

namespace msgstat::analysis {
namespace {

std::vector<std::string> labels_of(const std::vector<Group>& groups) {
  std::vector<std::string> labels;
  for (const Group& group : groups)
    if (std::find(labels.begin(), labels.end(), group.label) == labels.end())
      labels.push_back(group.label);
  return labels;
}

// Every arm once, and each is of another label.
bool is_label_by_arm(const std::vector<Group>& groups) {
  std::set<std::string> arms;
  for (const Group& group : groups)
    if (!arms.insert(group.arm).second) return false;
  return labels_of(groups).size() > 1;
}

void sort_by_arm(std::vector<Group>& groups, const Recording& recording) {
  const auto place = [&recording](const Group& group) {
    return std::find_if(recording.arms.begin(), recording.arms.end(),
                        [&group](const ArmSettings& arm) { return arm.name == group.arm; });
  };
  std::stable_sort(groups.begin(), groups.end(),
                   [&place](const Group& a, const Group& b) { return place(a) < place(b); });
}

std::string title(const Group& group) {
  return group.arm.empty() ? group.label : group.label + ", " + group.arm;
}

const Group* find(const std::vector<Group>& groups, const Group& like) {
  const auto found = std::find_if(groups.begin(), groups.end(), [&like](const Group& group) {
    return group.label == like.label && group.arm == like.arm;
  });
  return found == groups.end() ? nullptr : &*found;
}

std::string unit_name(const Group& group) {
  return group.first().unit ? group.first().unit->name : std::string();
}

void require_same_unit(const Group& first, const Group& second) {
  if (unit_name(first) == unit_name(second)) return;
  const auto shown = [](const Group& group) {
    return unit_name(group).empty() ? std::string("nothing") : printable(unit_name(group)) + "s";
  };
  throw Error(fmt::format("'{}' cannot be compared: one recording counted {}, the other {}",
                          printable(title(first)), shown(first), shown(second)));
}

}  // namespace

std::vector<ArmComparison> compare_arms(const Recording& recording) {
  std::vector<Group> groups = group_runs(recording);
  std::vector<ArmComparison> comparisons;
  const auto compare = [&comparisons](const Group& first, const Group& second) {
    comparisons.push_back(compare_groups(first, second, {first.arm, second.arm}, Pairing::kBlocks));
  };
  if (groups.size() > 1 && is_label_by_arm(groups)) {
    sort_by_arm(groups, recording);
    for (std::size_t i = 1; i < groups.size(); ++i) compare(groups.front(), groups[i]);
    return comparisons;
  }
  for (const std::string& label : labels_of(groups)) {
    const Group* first = nullptr;
    for (const Group& group : groups) {
      if (group.label != label) continue;
      if (first != nullptr) compare(*first, group);
      if (first == nullptr) first = &group;
    }
  }
  return comparisons;
}

std::vector<ArmComparison> compare_recordings(const Recording& first, const Recording& second,
                                              const std::array<std::string, 2>& names,
                                              Pairing pairing) {
  const std::vector<Group> before = group_runs(first);
  const std::vector<Group> after = group_runs(second);
  std::vector<ArmComparison> comparisons;
  const auto compare = [&](const Group& a, const Group& b) {
    require_same_unit(a, b);
    comparisons.push_back(compare_groups(a, b, names, pairing));
    if (!a.arm.empty() && a.arm == b.arm) comparisons.back().label = title(a);
  };
  for (const Group& group : before)
    if (const Group* same = find(after, group)) compare(group, *same);
  if (comparisons.empty() && before.size() == 1 && after.size() == 1)
    compare(before.front(), after.front());
  if (comparisons.empty())
    throw Error(fmt::format("{} and {} have no model in the same arm in common",
                            printable(names[0]), printable(names[1])));
  return comparisons;
}

}  // namespace msgstat::analysis
