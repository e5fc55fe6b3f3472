#include "tracer/probe/programs.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "tracer/error.hpp"

namespace msgstat::tracer {
namespace {

// Programs run with preemption off, so they are over when an RCU grace period is:
// MEMBARRIER_CMD_GLOBAL is synchronize_rcu(), kernel/sched/membarrier.c.
void wait_for_running_programs() {
  if (::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0) ::usleep(20'000);
}

}  // namespace

Programs::Programs(Level level, bool by_thread, const std::vector<std::string>& units,
                   std::vector<pid_t> pids)
    : level_(level),
      syscalls_(filter_, level, by_thread),
      units_(units, {.filter = filter_, .pids = std::move(pids)}),
      statistics_({}) {
  std::vector<int> fds = syscalls_.program_fds();
  for (const ProbeKind& kind : probe_kinds()) {
    if (level < kind.level) continue;
    try {
      others_.push_back(kind.make(filter_, syscalls_));
      for (const int fd : others_.back()->program_fds()) fds.push_back(fd);
    } catch (const Error& error) {
      missing_.push_back(std::string(kind.what) + " is not measured: " + error.what());
    }
  }
  for (const int fd : units_.program_fds()) fds.push_back(fd);
  statistics_ = RunTimeStatistics(std::move(fds));
}

void Programs::arm() {
  for (const auto& probe : others_) probe->arm();
  syscalls_.arm();
  units_.arm();
}

void Programs::drain() {
  for (const auto& probe : others_) probe->drain();
}

void Programs::disarm() {
  units_.disarm();
  syscalls_.disarm();
  for (const auto& probe : others_) probe->disarm();
  filter_.disarm();
}

void Programs::collect(Window& window) {
  wait_for_running_programs();
  syscalls_.collect(window);
  units_.collect(window);
  for (const auto& probe : others_) probe->collect(window);
  window.loss->programs_missed = statistics_.take_missed();
  window.blind_spots.insert(window.blind_spots.end(), missing_.begin(), missing_.end());
}

}  // namespace msgstat::tracer
