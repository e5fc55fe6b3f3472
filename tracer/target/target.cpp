#include "tracer/target/target.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "tracer/error.hpp"
#include "tracer/probe/target_filter.hpp"
#include "tracer/target/cgroup.hpp"
#include "tracer/target/process.hpp"

namespace msgstat::tracer {

Target::Target(TargetSpec spec, bool inherit) : spec_(std::move(spec)), inherit_(inherit) {
  const int kinds = !spec_.pids.empty() + !spec_.tids.empty() + spec_.cgroup.has_value();
  if (kinds == 0) throw UsageError("no target is named", "name processes, threads or a cgroup");
  if (kinds > 1)
    throw UsageError("processes, threads and a cgroup cannot be measured together",
                     "name targets of one kind");
  if (spec_.cgroup) {
    spec_.cgroup = find_cgroup(*spec_.cgroup);
    cgroup_id_ = cgroup_id(*spec_.cgroup);
  }
  for (const pid_t pid : spec_.pids)
    if (!is_named(pid)) named_.emplace_back(pid, NamedTask::Kind::kProcess);
  for (const pid_t tid : spec_.tids)
    if (!is_named(tid)) named_.emplace_back(tid, NamedTask::Kind::kThread);
}

bool Target::is_named(pid_t id) const {
  return std::any_of(named_.begin(), named_.end(),
                     [id](const NamedTask& task) { return task.id() == id; });
}

bool Target::is_self() const { return is_named(::getpid()) && !is_by_thread(); }

void Target::require_alive() const {
  if (spec_.cgroup && cgroup_id(*spec_.cgroup) != cgroup_id_)
    throw Error("cgroup " + spec_.cgroup->string() + " is gone, and another has its name");
  for (const NamedTask& task : named_) task.require_alive();
}

void Target::require_ours(const std::string& advice) const {
  for (const NamedTask& task : named_) task.require_ours(advice);
}

std::vector<std::string> Target::list_ended() const {
  std::vector<std::string> ended;
  for (const NamedTask& task : named_)
    if (task.is_gone()) ended.push_back(task.describe());
  return ended;
}

std::vector<pid_t> Target::list_processes() const {
  std::vector<pid_t> pids;
  if (spec_.cgroup) {
    pids = list_cgroup(*spec_.cgroup);
    std::erase(pids, 0);
  } else if (is_by_thread()) {
    for (const pid_t tid : spec_.tids)
      if (const auto pid = process_of(tid)) pids.push_back(*pid);
  } else {
    pids = inherit_ ? list_descendants(spec_.pids) : spec_.pids;
  }
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  return pids;
}

std::vector<pid_t> Target::list_threads() const {
  if (is_by_thread()) return spec_.tids;
  std::vector<pid_t> tids;
  for (const pid_t pid : list_processes())
    for (const pid_t tid : tracer::list_threads(pid)) tids.push_back(tid);
  return tids;
}

std::size_t Target::count_hidden() const {
  if (!spec_.cgroup) return 0;
  const auto pids = list_cgroup(*spec_.cgroup);
  return static_cast<std::size_t>(std::count(pids.begin(), pids.end(), 0));
}

// Children that are made while the living are listed are caught by the hook, which comes first;
// those of a child not yet listed, by listing again until nobody is new.
void Target::aim(TargetFilter& filter) const {
  filter.clear();
  filter.set_kind(is_by_thread(), cgroup_id_);
  filter.forget_dead();
  if (spec_.cgroup) {
    filter.follow_children();
    filter.follow_moves();
    filter.add_members();
    return;
  }
  if (inherit_) filter.follow_children();
  for (const NamedTask& task : named_) {
    filter.add(task.id());
    // The id may have gone to another before the filter had it.
    task.require_alive();
  }
  for (bool found_new = inherit_ && !is_by_thread(); found_new;) {
    found_new = false;
    for (const pid_t pid : list_processes()) found_new |= !is_named(pid) && filter.add(pid);
  }
}

}  // namespace msgstat::tracer
