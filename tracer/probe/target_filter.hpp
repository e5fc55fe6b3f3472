// Says to every eBPF program which processes are measured, follows their children, and looks at
// their threads (bpf/target.bpf.c). Owns the maps that all probes share. Not thread safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

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

  // What the ids of the filter are of from here on: threads, or processes; and the cgroup whose
  // processes they are, or 0.
  void set_kind(bool by_thread, std::uint64_t cgroup_id);
  // Makes a process, or thread, by its id in our namespace, target. False when it was already, or
  // has ended. Arm forget_dead() before, so that no id stays behind.
  bool add(pid_t id);
  // All processes of the cgroup that our pid namespace shows.
  void add_members();
  void clear();
  // The one thread whose calls are not counted, by its id in the init namespace; 0: none.
  void exclude(pid_t init_namespace_tid);
  // Makes all programs count into the other bank, at once.
  void switch_bank();
  [[nodiscard]] std::uint32_t bank() const;
  // When the bank became current, by CLOCK_MONOTONIC.
  [[nodiscard]] std::uint64_t opened_ns(std::uint32_t bank) const;
  // Of our pid namespace: 0 for the first.
  [[nodiscard]] std::uint32_t namespace_level() const;

  // Children made from here on are target too.
  void follow_children();
  // Processes that are moved into the cgroup become target, and those that are moved out leave.
  void follow_moves();
  // From here on the ids of the dead leave the filter.
  void forget_dead();
  void disarm();

  // Who belongs to the target now.
  struct Census {
    thread_census threads{};
    std::vector<pid_t> members;  // in our namespace: thread ids when the target is threads, else
                                 // processes
  };
  [[nodiscard]] Census take_census() const;
  // The id of a thread of the target with that name, in the init namespace and in ours; absent when
  // there is none.
  struct ThreadId {
    pid_t init_namespace = 0;
    pid_t ours = 0;
  };
  [[nodiscard]] std::optional<ThreadId> find_named(std::string_view name) const;

  // For the loaders of probes: lets `target_state` of their object, which is all of its `bss`, be
  // ours.
  void share_with(bpf_map* bss) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace msgstat::tracer
