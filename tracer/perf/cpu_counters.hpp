// Perf events of a target of any number of threads: a descriptor for each event and CPU, charged to
// the target at each switch of threads (probe/cpu_events.hpp).
//
// Exact: each CPU is read at the very switch of threads, and at a cut in an interrupt on it, so
// readings add up without a gap. The CPUs are cut one after the other, some microseconds apart. A
// thread that joins or leaves the target as it runs (a cgroup's) does so at its next switch, or
// cut.
//
// A stint on a CPU whose beginning no program was run at has its time and its switch by the
// scheduler's account; to the other events it is time in which they were enabled and did not run,
// so that they are scaled and say so.
//
// Not all needs a descriptor: the clocks are the time from switch to switch, CLOCK_MONOTONIC;
// switches are counted where they happen, but for a dead thread's last. What a dying thread does
// after the kernel has taken its own events from it is in here, and not in events on threads. Not
// thread safe; owns its descriptors.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "tracer/fd.hpp"
#include "tracer/perf/event_set.hpp"
#include "tracer/probe/cpu_events.hpp"

namespace msgstat::tracer {

class ThreadTable;

class CpuCounters {
 public:
  // Loads. Throws Error when the kernel refuses, and for more events than can be read at a switch.
  CpuCounters(const EventSet& events, const TargetFilter& filter, bool by_thread);

  // Opens what can be counted on every CPU and arms. `left_out` as in CpuEvents::arm. Throws Error
  // when it takes more descriptors than `free`.
  void open(EventSet& events, pid_t left_out, std::size_t free);
  // Cuts. In the order of the events; what is not open has the reason of `events`.
  [[nodiscard]] std::vector<EventCount> read(const EventSet& events);
  // After it, what each thread did between the last two readings.
  void take_threads(const EventSet& events, ThreadTable& table);
  // Stints that no thread's row has for want of room, since open().
  [[nodiscard]] std::uint64_t lost_stints() const { return lost_stints_; }
  void close();

  [[nodiscard]] std::vector<int> program_fds() const { return probe_->program_fds(); }

 private:
  enum class Way { kEvent, kClock, kSwitches, kNone };

  [[nodiscard]] static Way way_of(const Event& event);
  // Adds what a CPU, or a thread, did.
  template <typename Done>
  void add(EventSum& sum, std::size_t item, const Done& done) const;

  std::vector<Way> ways_;
  std::vector<std::size_t> slots_;  // of those that are events: which one it is to the kernel side
  std::size_t slot_count_ = 0;
  std::unique_ptr<CpuEvents> probe_;
  std::vector<Fd> fds_;
  std::uint64_t lost_stints_ = 0;
};

}  // namespace msgstat::tracer
