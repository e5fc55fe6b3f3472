// Which runs of a recording belong together. Borrows the recording. Pure; any thread.
//
// A group is what was asked for once, a label in an arm; a repeat is one fresh process of it, in
// which bare and measured windows alternate. So a repeat is the unit of replication: what its
// windows say is pooled into one point.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/recording.hpp"

namespace msgstat::analysis {

using Windows = std::vector<const Run*>;  // of one target, in the order of the recording

struct Repeat {
  std::uint64_t number = 0;
  Windows bare;
  Windows measured;
};

struct Group {
  std::string label;
  std::string arm;
  std::vector<Repeat> repeats;  // by number

  [[nodiscard]] const Run& first() const;
  [[nodiscard]] bool has_bare() const;
  [[nodiscard]] bool has_measured() const;
  // Every repeat has units to divide by; else rates are per second.
  [[nodiscard]] bool counts_units() const;
  // From which throughput, latency and CPU time are quoted: the bare ones, when there are any.
  [[nodiscard]] const Windows& unobserved(const Repeat& repeat) const;
};

// Label by label as they first appear, and the arms of each as they were asked for.
std::vector<Group> group_runs(const Recording& recording);

// More than one arm, or one that has a name.
bool has_arms(const Recording& recording);

}  // namespace msgstat::analysis
