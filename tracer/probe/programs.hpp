// All eBPF programs of a collector at one level: the filter that says whom they see, the counts of
// system calls and of units, the other probes of the level, and what they cost. Not thread safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tracer/probe/probe.hpp"
#include "tracer/probe/run_time_statistics.hpp"
#include "tracer/probe/syscall_counts.hpp"
#include "tracer/probe/target_filter.hpp"
#include "tracer/unit/units.hpp"

namespace msgstat::tracer {

class Programs {
 public:
  // Loads; nothing is armed. Throws Error when not even system calls can be counted; another probe
  // that cannot be had is said in each window's blind spots.
  // Throws UsageError for units that make no sense; `pids` are the target's.
  // `by_thread`: calls are counted for each thread as well.
  Programs(Level level, bool by_thread, const std::vector<std::string>& units,
           std::vector<pid_t> pids);

  [[nodiscard]] TargetFilter& filter() { return filter_; }
  [[nodiscard]] SyscallCounts& syscalls() { return syscalls_; }
  [[nodiscard]] RunTimeStatistics& statistics() { return statistics_; }

  // Every hook but those of the filter, which come after (TargetFilter::forget_dead,
  // follow_children).
  void arm();
  // As Probe::drain(); and whether any probe has a need of it.
  void drain();
  [[nodiscard]] bool must_be_drained() const { return level_ >= Level::kExplain; }
  // The filter's as well.
  void disarm();
  // After TargetFilter::switch_bank(): waits until no program runs on the bank left behind, and
  // puts what it holds into `window`, whose Loss must be there.
  void collect(Window& window);

 private:
  Level level_;
  TargetFilter filter_;
  SyscallCounts syscalls_;
  std::vector<std::unique_ptr<Probe>> others_;
  Units units_;
  std::vector<std::string> missing_;  // sentences
  RunTimeStatistics statistics_;
};

}  // namespace msgstat::tracer
