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

  // The id in the init namespace of a thread that is `tid` in ours. Throws Error when there is no
  // such thread.
  [[nodiscard]] pid_t init_namespace_tid(pid_t tid) const;
  // The calling thread's id in the init namespace.
  [[nodiscard]] pid_t init_namespace_tid_of_caller() const;

  // Makes a process, by its id in our namespace, target. False when it was already, or has ended.
  // Arm forget_dead() before, so that no id stays behind.
  bool add(pid_t pid);
  void clear();
  // The one thread whose calls are not counted, by its id in the init namespace; 0: none.
  void exclude(pid_t init_namespace_tid);
  // Makes all programs count into the other bank, at once.
  void switch_bank();
  [[nodiscard]] std::uint32_t bank() const;

  // Children made from here on are target too.
  void follow_children();
  // From here on the ids of the dead leave the filter.
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
