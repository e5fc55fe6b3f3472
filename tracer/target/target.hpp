// The target as a whole: processes, threads, or a cgroup, by ids of our namespace. Says who they
// are, whether they are still those that were named, and aims the filter at them. Not thread safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tracer/collector.hpp"
#include "tracer/target/named_task.hpp"

namespace msgstat::tracer {

class TargetFilter;

class Target {
 public:
  // Throws UsageError for a specification that names nobody, or two kinds of target; Error for one
  // that is not there or cannot be measured.
  Target(TargetSpec spec, bool inherit);

  [[nodiscard]] bool is_by_thread() const { return !spec_.tids.empty(); }
  [[nodiscard]] bool is_cgroup() const { return spec_.cgroup.has_value(); }
  // Whether this process is one of those named.
  [[nodiscard]] bool is_self() const;

  // Throws Error when one of those named has ended, or its id has gone to another.
  void require_alive() const;
  // Throws Error with `advice` when one of those named is another user's, and we are not root.
  void require_ours(const std::string& advice) const;
  // "process 7", of those named that have ended and are gone: of a zombie /proc still tells.
  [[nodiscard]] std::vector<std::string> list_ended() const;

  // What /proc says of who belongs to the target now; with the filter armed, its census says it
  // better, and of threads born since only that does.
  [[nodiscard]] std::vector<pid_t> list_processes() const;
  [[nodiscard]] std::vector<pid_t> list_threads() const;
  // Processes of the cgroup that our pid namespace does not show.
  [[nodiscard]] std::size_t count_hidden() const;

  // Clears and arms the filter, and fills it. Throws Error when one of those named has ended.
  void aim(TargetFilter& filter) const;

 private:
  [[nodiscard]] bool is_named(pid_t id) const;

  TargetSpec spec_;
  bool inherit_;
  std::uint64_t cgroup_id_ = 0;
  std::vector<NamedTask> named_;
};

}  // namespace msgstat::tracer
