#include "analysis/stats/power.hpp"

#include <cmath>

#include "analysis/stats/summary.hpp"

namespace msgstat::analysis::stats {

std::optional<std::size_t> more_points(const Difference& difference, std::size_t n, double margin,
                                       double level) {
  constexpr std::size_t kMost = 100000;
  const auto decides = [&](std::size_t points) {
    const double growth = static_cast<double>(points) / static_cast<double>(n);
    const double error = difference.error / std::sqrt(growth);
    // Degrees grow as the points less one: n - 1 of pairs, about 2 (n - 1) of two samples.
    const double degrees =
        difference.degrees * (static_cast<double>(points) - 1) / (static_cast<double>(n) - 1);
    const double size = std::fabs(difference.mean);
    return size > student_t_reach(1 - level, degrees) * error ||
           size + student_t_reach(0.95, degrees) * error <= margin;
  };
  if (n < 2 || !decides(kMost)) return std::nullopt;
  std::size_t too_few = n;
  std::size_t enough = kMost;
  while (enough - too_few > 1) {
    const std::size_t middle = too_few + (enough - too_few) / 2;
    (decides(middle) ? enough : too_few) = middle;
  }
  return enough - n;
}

}  // namespace msgstat::analysis::stats
