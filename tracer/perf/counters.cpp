#include "tracer/perf/counters.hpp"

#include <sys/resource.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "tracer/error.hpp"
#include "tracer/probe/target_filter.hpp"
#include "tracer/target/process.hpp"
#include "tracer/target/target.hpp"

namespace msgstat::tracer {
namespace {

constexpr std::size_t kFewDescriptors = 64;

// Without listing them: the directory of a process's threads has a link for each, and two more.
std::size_t count_threads(pid_t pid) {
  std::error_code gone;
  const auto links =
      std::filesystem::hard_link_count("/proc/" + std::to_string(pid) + "/task", gone);
  return gone || links < 2 ? 0 : static_cast<std::size_t>(links - 2);
}

std::size_t count_free_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  constexpr std::size_t kReserve = 64;
  const std::size_t used = list_descriptors().size() + kReserve;
  return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

}  // namespace

PerfCounters::PerfCounters(std::vector<Event> events, bool inherit, EventsPerCpu per_cpu,
                           bool by_thread)
    : events_(std::move(events), inherit), per_cpu_(per_cpu), by_thread_(by_thread) {}

// Of a cgroup, those who come and go are followed only so.
bool PerfCounters::prefers_cpus(const Target& target) const {
  if (per_cpu_ != EventsPerCpu::kAutomatic) return per_cpu_ != EventsPerCpu::kNever;
  if (target.is_cgroup()) return true;
  std::size_t threads = 0;
  if (target.is_by_thread())
    threads = target.list_threads().size();
  else
    for (const pid_t pid : target.list_processes()) threads += count_threads(pid);
  return threads * events_.count_supported() > kFewDescriptors;
}

void PerfCounters::open(const Target& target, const TargetFilter* filter, LeftOut left_out) {
  close();
  if (filter != nullptr && prefers_cpus(target) && open_on_cpus(*filter, left_out)) return;
  if (per_cpu_ == EventsPerCpu::kAlways)
    events_.refuse_all(filter != nullptr ? cpus_reason_ : "it takes eBPF to count per CPU");
  else
    open_on_threads(target, left_out);
}

bool PerfCounters::open_on_cpus(const TargetFilter& filter, LeftOut left_out) try {
  if (!cpus_) cpus_.emplace(events_, filter, by_thread_);
  is_on_cpus_ = true;
  cpus_->open(events_, left_out.init_namespace_tid, count_free_descriptors());
  return true;
} catch (const Error& error) {
  cpus_reason_ = error.what();
  close();
  return false;
}

// A thread that is born while events are opened may inherit them and be opened as well. Only a
// list of threads that is the same before and after is exact.
void PerfCounters::open_on_threads(const Target& target, LeftOut left_out) {
  const auto list_measured = [&] {
    std::vector<pid_t> tids = target.list_threads();
    std::erase(tids, left_out.tid);
    return tids;
  };
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::vector<pid_t> tids = list_measured();
    const std::size_t wanted = tids.size() * events_.count_supported();
    if (wanted > count_free_descriptors()) {
      events_.refuse_all(std::to_string(tids.size()) + " threads take " + std::to_string(wanted) +
                         " descriptors, more than are free");
      return;
    }
    threads_.open(events_, tids);
    if (list_measured() == tids) {
      threads_.start();
      return;
    }
    close();
  }
  events_.refuse_all("threads came and went faster than they could be attached to");
}

std::vector<EventCount> PerfCounters::read() {
  return is_on_cpus_ ? cpus_->read(events_) : threads_.read(events_);
}

void PerfCounters::take_threads(ThreadTable& table) {
  if (is_on_cpus_) cpus_->take_threads(events_, table);
}

void PerfCounters::close() {
  threads_.close();
  if (cpus_) cpus_->close();
  is_on_cpus_ = false;
  events_.forget_reasons();
}

std::vector<int> PerfCounters::program_fds() const {
  return cpus_ ? cpus_->program_fds() : std::vector<int>{};
}

}  // namespace msgstat::tracer
