// Log-linear latency histogram, as HdrHistogram's: each power of two is cut
// into 128 equal buckets, so that the middle of a bucket is within 0.4 % of
// every value in it, from 1 ns to kMaxNs. Values below 256 ns are exact.
// Functions of the bucket number only: the counts live where the writer wants
// them (shared memory, a vector).
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace load {

inline constexpr unsigned kSubBucketBits = 7;
inline constexpr unsigned kMaxBits = 40;
// 1,099 s; what is longer is counted as this.
inline constexpr std::uint64_t kMaxNs = (std::uint64_t{1} << kMaxBits) - 1;
inline constexpr std::size_t kBuckets = (kMaxBits - kSubBucketBits + 1) << kSubBucketBits;

constexpr std::size_t bucket_of(std::uint64_t ns) noexcept {
  constexpr std::uint64_t kExact = std::uint64_t{1} << kSubBucketBits;
  if (ns < kExact) return ns;
  ns = std::min(ns, kMaxNs);
  const auto shift = static_cast<unsigned>(std::bit_width(ns)) - (kSubBucketBits + 1);
  return (std::size_t{shift} << kSubBucketBits) + (ns >> shift);
}

// The middle of the bucket, in ns.
constexpr std::uint64_t bucket_middle_ns(std::size_t bucket) noexcept {
  constexpr std::size_t kExact = std::size_t{2} << kSubBucketBits;
  if (bucket < kExact) return bucket;
  const auto shift = static_cast<unsigned>(bucket >> kSubBucketBits) - 1;
  const std::uint64_t mantissa = bucket - (std::size_t{shift} << kSubBucketBits);
  return (mantissa << shift) + (((std::uint64_t{1} << shift) - 1) / 2);
}

// The value that a share `quantile` (0 to 1) of the counted values do not
// exceed, by nearest rank; 1 gives the greatest. Nothing when nothing was counted.
std::optional<std::uint64_t> quantile_ns(std::span<const std::uint64_t> counts, double quantile);

}  // namespace load
