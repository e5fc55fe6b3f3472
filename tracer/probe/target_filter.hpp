// Says to every eBPF program which processes are measured, follows their children, and looks at
// their threads (bpf/target.bpf.c). Owns the maps that all probes share. Not thread safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>

#include "bpf/abi.h"

struct bpf_map;

namespace msgstat::tracer {

class TargetFilter {
 public:
  TargetFilter();  // loads; nothing is armed. Throws Error when eBPF cannot be had
  ~TargetFilter();
  TargetFilter(const TargetFilter&) = delete;
  TargetFilter& operator=(const TargetFilter&) = delete;

  // The thread group id in the init namespace of a process that is `pid` in ours. Throws Error
  // when there is no such process.
  [[nodiscard]] pid_t init_namespace_tgid(pid_t pid) const;
  // The calling thread's id in the init namespace.
  [[nodiscard]] pid_t init_namespace_tid_of_caller() const;

  void add(pid_t init_namespace_tgid);
  void clear();
  [[nodiscard]] bool contains(pid_t init_namespace_tgid) const;
  // The one thread whose calls are not counted, by its id in the init namespace; 0: none.
  void exclude(pid_t init_namespace_tid);
  // Makes all programs count into the other bank, at once.
  void switch_bank();
  [[nodiscard]] std::uint32_t bank() const;

  // Children made from here on are target too.
  void follow_children();
  // Ids of dead processes leave the filter. Arm after the probes: on one tracepoint programs run
  // in the order of arming, and the probes must still find the dying thread in the target.
  void forget_dead();
  void disarm();

  [[nodiscard]] thread_census take_census() const;

  // For the loaders of probes: lets `targets` and `control_map` of their object be ours.
  void share_with(bpf_map* targets, bpf_map* control_map) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace msgstat::tracer
