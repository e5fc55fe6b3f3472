// Level `latency`: how long each system call took, from the maps of bpf/syscalls.bpf.c. Not thread
// safe.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tracer/mapping.hpp"
#include "tracer/window.hpp"

struct bpf_map;

namespace msgstat::tracer {

class SyscallTimes {
 public:
  // How many rows of histograms that many CPUs have.
  static std::uint32_t count_rows(unsigned cpus);
  // Before the object is loaded.
  static void size_maps(bpf_map* times, bpf_map* histograms, unsigned cpus);
  // After.
  SyscallTimes(const bpf_map* times, const bpf_map* histograms, const bpf_map* histogram_of,
               unsigned cpus);

  // Takes what a bank that nobody counts into holds for a cell, and clears it. Absent when none of
  // the calls was timed.
  std::optional<SyscallTime> take(std::uint32_t bank, std::uint32_t cell);

 private:
  std::vector<std::uint64_t> take_histogram(std::uint32_t bank, std::uint32_t histogram);

  unsigned cpus_;
  Mapping times_;
  Mapping histograms_;
  Mapping histogram_of_;
};

// The value below which that share of a histogram's counts lies, as the middle of its bucket.
double quantile_ns(const std::vector<std::uint64_t>& buckets, double share);

}  // namespace msgstat::tracer
