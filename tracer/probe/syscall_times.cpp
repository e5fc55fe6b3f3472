#include "tracer/probe/syscall_times.hpp"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "bpf/abi.h"
#include "tracer/error.hpp"

namespace msgstat::tracer {
namespace {

constexpr std::size_t kCells = std::size_t{BANKS} * SYSCALL_CELLS;
constexpr std::size_t kHistograms = std::size_t{BANKS} * TIMED_CALLS * BUCKETS;

double middle_ns(std::size_t bucket) {
  constexpr std::size_t kSub = SUB_BUCKETS;
  if (bucket < 2 * kSub) return static_cast<double>(bucket);
  const auto octave = static_cast<int>(bucket / kSub - 1);
  const auto step = static_cast<double>(kSub + bucket % kSub);
  // The bucket holds whole numbers from its first to the one before the next's first.
  return std::ldexp(step + 0.5, octave) - 0.5;
}

}  // namespace

double quantile_ns(const std::vector<std::uint64_t>& buckets, double share) {
  const auto total = std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0});
  const auto rank = std::max(1.0, std::ceil(share * static_cast<double>(total)));
  double seen = 0;
  for (std::size_t bucket = 0; bucket < buckets.size(); ++bucket) {
    seen += static_cast<double>(buckets[bucket]);
    if (seen >= rank) return middle_ns(bucket);
  }
  return 0;
}

std::uint32_t SyscallTimes::count_rows(unsigned cpus) {
  return std::min<std::uint32_t>(cpus, HISTOGRAM_ROWS);
}

void SyscallTimes::size_maps(bpf_map* times, bpf_map* histograms, unsigned cpus) {
  check(bpf_map__set_max_entries(times, static_cast<__u32>(cpus * kCells)),
        "size the map of times");
  check(bpf_map__set_max_entries(histograms, static_cast<__u32>(count_rows(cpus) * kHistograms)),
        "size the map of histograms");
}

SyscallTimes::SyscallTimes(const bpf_map* times, const bpf_map* histograms,
                           const bpf_map* histogram_of, unsigned cpus)
    : cpus_(cpus),
      times_(bpf_map__fd(times), cpus * kCells * sizeof(syscall_time), Mapping::Access::kReadWrite,
             "the map of times"),
      histograms_(bpf_map__fd(histograms), count_rows(cpus) * kHistograms * sizeof(__u64),
                  Mapping::Access::kReadWrite, "the map of histograms"),
      histogram_of_(bpf_map__fd(histogram_of), SYSCALL_CELLS * sizeof(__u64),
                    Mapping::Access::kRead, "the table of histograms") {}

std::vector<std::uint64_t> SyscallTimes::take_histogram(std::uint32_t bank,
                                                        std::uint32_t histogram) {
  std::vector<std::uint64_t> sums(BUCKETS);
  for (std::uint32_t row = 0; row < count_rows(cpus_); ++row) {
    auto* buckets = histograms_.as<__u64>() +
                    ((std::size_t{row} * BANKS + bank) * TIMED_CALLS + histogram) * BUCKETS;
    for (std::size_t bucket = 0; bucket < BUCKETS; ++bucket)
      sums[bucket] += std::exchange(buckets[bucket], 0);
  }
  return sums;
}

std::optional<SyscallTime> SyscallTimes::take(std::uint32_t bank, std::uint32_t cell) {
  SyscallTime time;
  for (unsigned cpu = 0; cpu < cpus_; ++cpu) {
    auto& row = times_.as<syscall_time>()[(std::size_t{cpu} * BANKS + bank) * SYSCALL_CELLS + cell];
    const syscall_time own = std::exchange(row, {});
    time.calls += own.calls;
    time.total_ns += own.total_ns;
    time.max_ns = std::max<std::uint64_t>(time.max_ns, own.max_ns);
  }
  const __u64 histogram = histogram_of_.as<__u64>()[cell];
  if (time.calls == 0 || histogram == 0) return std::nullopt;
  const auto buckets = take_histogram(bank, static_cast<std::uint32_t>(histogram - 1));
  // The middle of the last bucket can lie above the longest call.
  const auto quantile = [&](double share) {
    return std::min(quantile_ns(buckets, share), static_cast<double>(time.max_ns));
  };
  time.p50_ns = quantile(0.5);
  time.p90_ns = quantile(0.9);
  time.p99_ns = quantile(0.99);
  time.p99_9_ns = quantile(0.999);
  return time;
}

}  // namespace msgstat::tracer
