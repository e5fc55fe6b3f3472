#include "servers/load/histogram.hpp"

#include <cmath>
#include <numeric>

namespace load {

std::optional<std::uint64_t> quantile_ns(std::span<const std::uint64_t> counts, double quantile) {
  const auto total = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  if (total == 0) return std::nullopt;
  const auto rank =
      std::clamp(static_cast<std::uint64_t>(std::ceil(quantile * static_cast<double>(total))),
                 std::uint64_t{1}, total);
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < counts.size(); ++bucket) {
    seen += counts[bucket];
    if (seen >= rank) return bucket_middle_ns(bucket);
  }
  return std::nullopt;
}

}  // namespace load
