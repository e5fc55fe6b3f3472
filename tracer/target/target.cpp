#include "tracer/target/target.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "tracer/error.hpp"
#include "tracer/probe/target_filter.hpp"
#include "tracer/target/cgroup.hpp"
#include "tracer/target/process.hpp"

namespace msgstat::tracer {
namespace {

// A dead main thread is a zombie too, for as long as the others live.
bool has_ended(pid_t pid, const ProcessStatus& status) {
  return status.state == 'Z' && tracer::list_threads(pid).size() <= 1;
}

}  // namespace

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
  for (const auto* ids : {&spec_.pids, &spec_.tids})
    for (const pid_t id : *ids) start_ticks_.emplace(id, require(id));
}

std::string Target::describe(pid_t id) const {
  return (is_by_thread() ? "thread " : "process ") + std::to_string(id);
}

std::uint64_t Target::require(pid_t id) const {
  const std::string name = describe(id);
  const auto status = id <= 0          ? std::nullopt
                      : is_by_thread() ? read_thread_status(id)
                                       : read_status(id);
  if (!status) throw Error("there is no " + name);
  if (status->is_kernel_thread)
    throw Error(name + " is a kernel thread", "only programs can be measured");
  const pid_t process = process_of(id).value_or(id);
  if (!is_by_thread() && process != id)
    throw Error(std::to_string(id) + " is a thread of process " + std::to_string(process),
                "measure the process");
  if (is_by_thread() ? status->state == 'Z' : has_ended(id, *status))
    throw Error(name + " is a zombie", "it has ended; there is nothing to measure");
  return status->start_ticks;
}

bool Target::is_same(pid_t id, std::uint64_t start_ticks) const {
  const auto status = is_by_thread() ? read_thread_status(id) : read_status(id);
  if (!status || status->start_ticks != start_ticks) return false;
  return is_by_thread() ? status->state != 'Z' : !has_ended(id, *status);
}

bool Target::is_self() const { return start_ticks_.contains(::getpid()) && !is_by_thread(); }

void Target::require_alive() const {
  if (spec_.cgroup && cgroup_id(*spec_.cgroup) != cgroup_id_)
    throw Error("cgroup " + spec_.cgroup->string() + " is gone, and another has its name");
  for (const auto& [id, start_ticks] : start_ticks_)
    if (require(id) != start_ticks)
      throw Error(describe(id) + " has ended, and its id has gone to another");
}

std::vector<std::string> Target::list_ended() const {
  std::vector<std::string> ended;
  for (const auto& [id, start_ticks] : start_ticks_) {
    const auto status = is_by_thread() ? read_thread_status(id) : read_status(id);
    if (!status || status->start_ticks != start_ticks) ended.push_back(describe(id));
  }
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
  for (const auto& [id, start_ticks] : start_ticks_) {
    filter.add(id);
    // The id may have gone to another before the filter had it.
    if (!is_same(id, start_ticks)) throw Error(describe(id) + " has ended");
  }
  for (bool found_new = inherit_ && !is_by_thread(); found_new;) {
    found_new = false;
    for (const pid_t pid : list_processes())
      found_new |= !start_ticks_.contains(pid) && filter.add(pid);
  }
}

}  // namespace msgstat::tracer
