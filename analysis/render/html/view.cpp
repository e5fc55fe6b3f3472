#include "analysis/render/html/view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "analysis/metric.hpp"
#include "analysis/render/text_run.hpp"
#include "analysis/render/text_target.hpp"

namespace msgstat::analysis::html {
namespace {

constexpr std::size_t kArmClasses = 4;
constexpr std::size_t kFewGroups = 2;

std::vector<std::string> calls_of(const Group& group) {
  std::set<std::string> names;
  for (const Repeat& repeat : group.repeats)
    for (const Run* run : repeat.measured)
      for (const Syscall& call : run->syscalls.value_or(std::vector<Syscall>()))
        names.insert(call.name);
  return {names.begin(), names.end()};
}

// The calls of all groups, most frequent first, and those that time was spent in.
std::vector<std::string> all_calls(const std::vector<std::vector<CallRate>>& rates,
                                   const Recording& recording) {
  std::map<std::string, double> totals;
  for (const auto& group : rates)
    for (const CallRate& rate : group) totals[rate.name] += rate.mean;
  for (const Run& run : recording.runs)
    if (run.sched)
      for (const CallTime& call : run.sched->calls) totals.try_emplace(call.name, 0);
  std::vector<std::string> names;
  names.reserve(totals.size());
  for (const auto& [name, total] : totals) names.push_back(name);
  std::stable_sort(names.begin(), names.end(),
                   [&totals](const auto& a, const auto& b) { return totals.at(a) > totals.at(b); });
  return names;
}

}  // namespace

View::View(const Recording& recording)
    : recording_(recording),
      groups_(group_runs(recording)),
      // The arms of a suite are its cases: they are held against the suite's figures.
      comparisons_(recording.suite ? std::vector<ArmComparison>() : compare_arms(recording)),
      has_arms_(analysis::has_arms(recording)),
      colors_({}) {
  const auto counting = std::find_if(groups_.begin(), groups_.end(),
                                     [](const Group& group) { return group.counts_units(); });
  base_ = counting != groups_.end() ? render::denominator_of(*counting) : "second";
  units_name_ = counting != groups_.end() ? base_ + "s" : "";
  for (const Group& group : groups_)
    if (std::find(arms_.begin(), arms_.end(), group.arm) == arms_.end()) arms_.push_back(group.arm);
  for (const Group& group : groups_) calls_.push_back(rates_of(group));
  colors_ = CallColors(all_calls(calls_, recording));
}

std::optional<double> View::per_base(std::optional<double> total, const Windows& windows) const {
  return units_name_.empty() ? per_second(total, windows) : per_unit(total, windows);
}

std::string View::name(const Group& group) { return render::title_of(group); }

std::string View::arm_class(const std::string& arm) const {
  if (!has_arms_) return "arm-1";
  const auto found = std::find(arms_.begin(), arms_.end(), arm);
  return fmt::format("arm-{}", static_cast<std::size_t>(found - arms_.begin()) % kArmClasses);
}

std::vector<const Group*> View::ordered(
    const std::function<std::optional<double>(const Group&)>& of, bool descending) const {
  std::vector<std::pair<double, const Group*>> sorted;
  for (const Group& group : groups_)
    if (const auto value = of(group)) sorted.emplace_back(*value, &group);
  if (!has_arms_ && sorted.size() > kFewGroups)
    std::stable_sort(sorted.begin(), sorted.end(), [descending](const auto& a, const auto& b) {
      return descending ? a.first > b.first : a.first < b.first;
    });
  std::vector<const Group*> groups;
  groups.reserve(sorted.size());
  for (const auto& [value, group] : sorted) groups.push_back(group);
  return groups;
}

const std::vector<CallRate>& View::calls(const Group& group) const {
  return calls_[static_cast<std::size_t>(&group - groups_.data())];
}

std::vector<CallRate> View::rates_of(const Group& group) const {
  std::vector<CallRate> rates;
  for (const std::string& name : calls_of(group)) {
    const auto mean = mean_of(group, [&](const Repeat& repeat) {
      return per_base(syscall_calls(repeat.measured, name), repeat.measured);
    });
    if (mean) rates.push_back({name, mean->mean});
  }
  std::stable_sort(rates.begin(), rates.end(),
                   [](const CallRate& a, const CallRate& b) { return a.mean > b.mean; });
  return rates;
}

}  // namespace msgstat::analysis::html
