// A figure of ours, from the runs of a recording: one point for each repeat, and what they say
// together. Pure; any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/group.hpp"

namespace msgstat::analysis::suite {

struct Value {
  double mean = 0;
  double low = 0;  // 95 % interval; without repeats the mean, and `has_interval` is false
  double high = 0;
  bool has_interval = false;
};

struct Estimate {
  std::optional<Value> value;
  std::string missing;  // why there is none, as a clause
};

using Groups = std::vector<Group>;
using Measure = std::function<Estimate(const Groups&)>;

// A model's runs in an arm; null when it was not run.
const Group* find_group(const Groups& groups, std::string_view model, std::string_view arm);

// What one repeat of it says; its mean over the repeats.
using Point = std::function<std::optional<double>(const Group&, const Repeat&)>;
Estimate estimate_of(const Groups& groups, std::string_view model, std::string_view arm,
                     const Point& point);

// Messages/s of one group over those of the other, unobserved. Repeats of the same number ran side
// by side: the interval is of the pairs' ratios.
Estimate speed_ratio(const Group* over, const Group* under);

// The measures that an expectation can have.
Measure calls_per_message(const std::string& model, const std::string& arm,
                          const std::string& syscall);
// A counter over another, as their "context-switches per ms of task-clock"; `scale` times.
Measure counter_per_counter(const std::string& model, const std::string& arm,
                            const std::string& over, const std::string& under, double scale = 1);
// CPUs that the model kept busy, by the counter task-clock.
Measure cpus_used(const std::string& model, const std::string& arm);
Measure speed_of_arms(const std::string& model, const std::string& over, const std::string& under);
// The share of the system in the model's CPU time, unobserved.
Measure system_share(const std::string& model, const std::string& arm);

}  // namespace msgstat::analysis::suite
