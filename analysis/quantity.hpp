// The one table of what can be compared between groups of runs: throughput, latency, CPU time, and
// each counter and system call that the groups have. Pure; any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/group.hpp"

namespace msgstat::analysis {

// In the order in which a summary goes from the last to the first: causes before effects.
enum class QuantityKind { kThroughput, kLatency, kCpu, kCounter, kSyscall };

struct Quantity {
  std::string name;  // "messages/s", "p99", "futex/msg"; what --fail-if takes
  std::string unit;  // "us", or nothing for a count
  QuantityKind kind = QuantityKind::kThroughput;
  // Read off the measured windows, and known only to the bound of analysis/ratio.hpp; else read
  // off those with nothing armed.
  bool is_counted = false;
  // Neither a part nor a sum nor a neighbour of another one: worth a place in a short summary.
  bool is_headline = true;
  // One point of a repeat; nothing where it was not measured.
  std::function<std::optional<double>(const Windows&)> of;
};

// Those that any of the groups has, each once. Counts and CPU time are per unit where every group
// has units, else per second.
std::vector<Quantity> quantities_of(const std::vector<const Group*>& groups);

// The point of one repeat of its group.
std::optional<double> point_of(const Quantity& quantity, const Group& group, const Repeat& repeat);

// "message" is "msg" beside a slash; "unit" for a run that has none.
std::string unit_abbreviation(const Run& run);

}  // namespace msgstat::analysis
