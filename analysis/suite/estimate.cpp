#include "analysis/suite/estimate.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "analysis/counter_state.hpp"
#include "analysis/metric.hpp"
#include "analysis/stats/difference.hpp"
#include "analysis/stats/summary.hpp"

namespace msgstat::analysis::suite {
namespace {

std::optional<double> quotient(std::optional<double> over, std::optional<double> under) {
  return over && under && *under > 0 ? std::optional(*over / *under) : std::nullopt;
}

Estimate missing(std::string why) { return {.value = std::nullopt, .missing = std::move(why)}; }

Estimate from_points(const std::vector<double>& points) {
  const auto summary = stats::summarize(points);
  if (!summary) return missing("not counted");
  const double reach = summary->half_width.value_or(0);
  return {.value = Value{.mean = summary->mean,
                         .low = summary->mean - reach,
                         .high = summary->mean + reach,
                         .has_interval = summary->half_width.has_value()},
          .missing = ""};
}

// Why a counter has no value, in the words of its run.
std::string reason_of(const Groups& groups, std::string_view model, std::string_view arm,
                      std::string_view name) {
  const Group* group = find_group(groups, model, arm);
  if (group == nullptr) return "not run";
  for (const Repeat& repeat : group->repeats)
    for (const Run* run : repeat.measured)
      for (const Counter& counter : run->counters)
        if (counter.name == name && !counter.value)
          return std::string(counter_state_name(counter.state)) + ": " + counter.reason;
  return "not counted";
}

}  // namespace

const Group* find_group(const Groups& groups, std::string_view model, std::string_view arm) {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
    return group.label == model && group.arm == arm;
  });
  return found == groups.end() ? nullptr : &*found;
}

Estimate estimate_of(const Groups& groups, std::string_view model, std::string_view arm,
                     const Point& point) {
  const Group* group = find_group(groups, model, arm);
  if (group == nullptr) return missing("not run");
  return from_points(points(*group, [&](const Repeat& repeat) { return point(*group, repeat); }));
}

Estimate speed_ratio(const Group* over, const Group* under) {
  if (over == nullptr || under == nullptr) return missing("not run");
  std::vector<double> over_log;
  std::vector<double> under_log;
  for (const Repeat& repeat : over->repeats) {
    const auto same =
        std::find_if(under->repeats.begin(), under->repeats.end(),
                     [&](const Repeat& other) { return other.number == repeat.number; });
    if (same == under->repeats.end()) continue;
    const auto fast = units_per_s(over->unobserved(repeat));
    const auto slow = units_per_s(under->unobserved(*same));
    if (!fast || !slow || *fast <= 0 || *slow <= 0) continue;
    over_log.push_back(std::log(*fast));
    under_log.push_back(std::log(*slow));
  }
  if (over_log.empty()) return missing("not counted");
  if (const auto difference = stats::paired_difference(under_log, over_log))
    return {.value = Value{.mean = std::exp(difference->mean),
                           .low = std::exp(difference->low),
                           .high = std::exp(difference->high),
                           .has_interval = true},
            .missing = ""};
  const double ratio = std::exp(over_log.front() - under_log.front());
  return {.value = Value{.mean = ratio, .low = ratio, .high = ratio}, .missing = ""};
}

Measure calls_per_message(const std::string& model, const std::string& arm,
                          const std::string& syscall) {
  return [=](const Groups& groups) {
    return estimate_of(groups, model, arm, [&](const Group&, const Repeat& repeat) {
      return per_unit(syscall_calls(repeat.measured, syscall), repeat.measured);
    });
  };
}

Measure counter_per_counter(const std::string& model, const std::string& arm,
                            const std::string& over, const std::string& under, double scale) {
  return [=](const Groups& groups) {
    Estimate estimate = estimate_of(groups, model, arm, [&](const Group&, const Repeat& repeat) {
      auto ratio = quotient(counter(repeat.measured, over), counter(repeat.measured, under));
      if (ratio) *ratio *= scale;
      return ratio;
    });
    if (!estimate.value) estimate.missing = reason_of(groups, model, arm, over);
    return estimate;
  };
}

Measure cpus_used(const std::string& model, const std::string& arm) {
  return [=](const Groups& groups) {
    return estimate_of(groups, model, arm, [](const Group&, const Repeat& repeat) {
      auto ns = counter(repeat.measured, "task-clock");
      if (ns) *ns *= 1e-9;
      return quotient(ns, seconds(repeat.measured));
    });
  };
}

Measure speed_of_arms(const std::string& model, const std::string& over, const std::string& under) {
  return [=](const Groups& groups) {
    return speed_ratio(find_group(groups, model, over), find_group(groups, model, under));
  };
}

Measure system_share(const std::string& model, const std::string& arm) {
  return [=](const Groups& groups) {
    return estimate_of(groups, model, arm, [](const Group& group, const Repeat& repeat) {
      const Windows& windows = group.unobserved(repeat);
      const auto system = system_s(windows);
      const auto user = user_s(windows);
      return system && user ? quotient(system, *system + *user) : std::nullopt;
    });
  };
}

}  // namespace msgstat::analysis::suite
