#include "tracer/probe/run_time_statistics.hpp"

#include <bpf/bpf.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "tracer/error.hpp"

namespace msgstat::tracer {
namespace {

bpf_prog_info program_info(int fd) {
  bpf_prog_info info{};
  __u32 size = sizeof info;
  check(bpf_obj_get_info_by_fd(fd, &info, &size), "read the statistics of an eBPF program");
  return info;
}

bool are_kept_anyway() {
  std::ifstream file("/proc/sys/kernel/bpf_stats_enabled");
  int enabled = 0;
  return file >> enabled && enabled != 0;
}

}  // namespace

RunTimeStatistics::RunTimeStatistics(std::vector<int> program_fds)
    : program_fds_(std::move(program_fds)), missed_base_(read_missed()) {}

void RunTimeStatistics::add(const std::vector<int>& program_fds) {
  for (const int fd : program_fds) {
    if (std::ranges::find(program_fds_, fd) != program_fds_.end()) continue;
    program_fds_.push_back(fd);
    missed_base_ += program_info(fd).recursion_misses;
  }
}

bool RunTimeStatistics::start() {
  if (!switch_.is_open()) switch_ = Fd(bpf_enable_stats(BPF_STATS_RUN_TIME));
  is_running_ = switch_.is_open() || are_kept_anyway();
  base_ = read();
  return is_running_;
}

RunTime RunTimeStatistics::used() const {
  const RunTime now = read();
  return {.runs = now.runs - base_.runs, .ns = now.ns - base_.ns};
}

void RunTimeStatistics::stop() {
  switch_.reset();
  is_running_ = false;
}

std::uint64_t RunTimeStatistics::take_missed() {
  const std::uint64_t missed = read_missed();
  return missed - std::exchange(missed_base_, missed);
}

RunTime RunTimeStatistics::read() const {
  RunTime total;
  for (const int fd : program_fds_) {
    const bpf_prog_info info = program_info(fd);
    total.runs += info.run_cnt;
    total.ns += info.run_time_ns;
  }
  return total;
}

std::uint64_t RunTimeStatistics::read_missed() const {
  std::uint64_t missed = 0;
  for (const int fd : program_fds_) missed += program_info(fd).recursion_misses;
  return missed;
}

}  // namespace msgstat::tracer
