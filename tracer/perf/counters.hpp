// The perf events of a target, on each thread (perf/thread_counters.hpp) as long as that takes few
// descriptors, else on each CPU (perf/cpu_counters.hpp). Not thread safe; owns its descriptors.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "tracer/collector.hpp"
#include "tracer/perf/cpu_counters.hpp"
#include "tracer/perf/event_set.hpp"
#include "tracer/perf/thread_counters.hpp"

namespace msgstat::tracer {

class Target;
class TargetFilter;
class ThreadTable;

class PerfCounters {
 public:
  // `by_thread`: each thread is wanted by itself, which only what is read on CPUs tells.
  PerfCounters(std::vector<Event> events, bool inherit, EventsPerCpu per_cpu, bool by_thread);

  // The one thread of the target that is not measured, in our namespace and in the first; 0: none.
  struct LeftOut {
    pid_t tid = 0;
    pid_t init_namespace_tid = 0;
  };
  // Opens and starts them. `filter` is aimed at the target, or null when eBPF cannot be had. What
  // cannot be counted is not an error: read() gives it a state and a reason.
  void open(const Target& target, const TargetFilter* filter, LeftOut left_out);
  // Sums since open(), in the order of the events.
  [[nodiscard]] std::vector<EventCount> read();
  // After it, what each thread did since the reading before: nothing when they are on threads.
  void take_threads(ThreadTable& table);
  // Stints on a CPU that no thread's row has for want of room, since open().
  [[nodiscard]] std::uint64_t lost_stints() const { return is_on_cpus_ ? cpus_->lost_stints() : 0; }
  void close();

  // Of the programs that read them, for the observer's cost. Valid until destruction.
  [[nodiscard]] std::vector<int> program_fds() const;

 private:
  [[nodiscard]] bool prefers_cpus(const Target& target) const;
  bool open_on_cpus(const TargetFilter& filter, LeftOut left_out);
  void open_on_threads(const Target& target, LeftOut left_out);

  EventSet events_;
  EventsPerCpu per_cpu_;
  bool by_thread_;
  ThreadCounters threads_;
  std::optional<CpuCounters> cpus_;
  bool is_on_cpus_ = false;
  std::string cpus_reason_;  // why they could not be opened per CPU
};

}  // namespace msgstat::tracer
