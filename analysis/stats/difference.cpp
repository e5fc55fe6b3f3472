#include "analysis/stats/difference.hpp"

#include <cmath>
#include <vector>

#include "analysis/stats/summary.hpp"

namespace msgstat::analysis::stats {
namespace {

Difference from_error(double mean, double error, double degrees) {
  Difference difference{
      .mean = mean, .low = mean, .high = mean, .error = error, .degrees = degrees};
  if (error > 0) {
    const double reach = student_t_reach(0.95, degrees) * error;
    difference.low = mean - reach;
    difference.high = mean + reach;
    difference.p = student_t_p(mean / error, degrees);
  } else {
    difference.p = mean == 0 ? 1 : 0;
  }
  return difference;
}

}  // namespace

std::optional<Difference> paired_difference(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size() || a.size() < 2) return std::nullopt;
  std::vector<double> differences;
  for (std::size_t i = 0; i < a.size(); ++i) differences.push_back(b[i] - a[i]);
  const Summary summary = *summarize(differences);
  const auto n = static_cast<double>(summary.n);
  return from_error(summary.mean, *summary.deviation / std::sqrt(n), n - 1);
}

std::optional<Difference> independent_difference(std::span<const double> a,
                                                 std::span<const double> b) {
  if (a.size() < 2 || b.size() < 2) return std::nullopt;
  const Summary of_a = *summarize(a);
  const Summary of_b = *summarize(b);
  const auto variance_of_mean = [](const Summary& summary) {
    return *summary.deviation * *summary.deviation / static_cast<double>(summary.n);
  };
  const double from_a = variance_of_mean(of_a);
  const double from_b = variance_of_mean(of_b);
  const double variance = from_a + from_b;
  // Welch-Satterthwaite.
  double degrees = 1;
  if (variance > 0)
    degrees = variance * variance /
              (from_a * from_a / static_cast<double>(of_a.n - 1) +
               from_b * from_b / static_cast<double>(of_b.n - 1));
  return from_error(of_b.mean - of_a.mean, std::sqrt(variance), degrees);
}

}  // namespace msgstat::analysis::stats
