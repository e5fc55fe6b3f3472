// Charges perf events that are open on CPUs to the target, at each switch of threads
// (bpf/events.bpf.c). Owns the programs, not the events. Not thread safe.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "bpf/abi.h"

namespace msgstat::tracer {

class TargetFilter;

class CpuEvents {
 public:
  // For `events` of them, CPU_EVENTS at most; with `by_thread` for each thread as well. Loads;
  // nothing is armed. Throws Error when the kernel refuses.
  CpuEvents(const TargetFilter& filter, std::size_t events, bool by_thread);
  ~CpuEvents();
  CpuEvents(const CpuEvents&) = delete;
  CpuEvents& operator=(const CpuEvents&) = delete;

  // CPUs that are online.
  [[nodiscard]] std::vector<int> online() const;
  // `fd`: event number `event`, open on `cpu`.
  void give(std::size_t event, int cpu, int fd);
  // `left_out`: the id in the init namespace of a thread that is not measured; 0: none. The first
  // cut begins the stints of the threads that run.
  void arm(pid_t left_out);
  void disarm();
  // Cuts the stints of all threads that run, one CPU after the other, by an interrupt on each: what
  // has been done since arming, of every CPU, exactly to its interrupt.
  [[nodiscard]] std::vector<event_totals> cut();
  // What each thread did between the last two cuts, once; of `events` only those that are open.
  using UseThread = std::function<void(const thread_key& key, const thread_events& thread)>;
  void take_threads(const UseThread& use);

  [[nodiscard]] std::vector<int> program_fds() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace msgstat::tracer
