// What the eBPF programs cost, by the kernel's own statistics (bpf(2), BPF_ENABLE_STATS).
//
// Keeping the statistics itself costs two clock readings a program run, about as much as the
// program; so they are on only for a sample of the window. Not thread safe.
#pragma once

#include <cstdint>
#include <vector>

#include "tracer/fd.hpp"

namespace msgstat::tracer {

struct RunTime {
  std::uint64_t runs = 0;
  std::uint64_t ns = 0;
};

class RunTimeStatistics {
 public:
  explicit RunTimeStatistics(std::vector<int> program_fds);
  // Programs that are loaded later; those that are known already are passed over.
  void add(const std::vector<int>& program_fds);

  // Turns the statistics on. False when the kernel refuses (it wants CAP_SYS_ADMIN) and does not
  // keep them anyway (kernel.bpf_stats_enabled). When they are on already only used() begins anew:
  // each change rewrites the code of the kernel at every place that runs a program.
  bool start();
  // What all programs together used since start().
  [[nodiscard]] RunTime used() const;
  void stop();
  [[nodiscard]] bool is_running() const { return is_running_; }

  // Runs that the kernel skipped because a program was already running on that CPU, since the
  // last call of this (bpf_prog_info.recursion_misses). Kept by the kernel at all times.
  std::uint64_t take_missed();

 private:
  [[nodiscard]] RunTime read() const;
  [[nodiscard]] std::uint64_t read_missed() const;

  std::vector<int> program_fds_;
  Fd switch_;
  bool is_running_ = false;
  RunTime base_;
  std::uint64_t missed_base_ = 0;
};

}  // namespace msgstat::tracer
