#include "analysis/stats/summary.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

namespace msgstat::analysis::stats {

using boost::math::cdf;
using boost::math::complement;
using boost::math::quantile;
using boost::math::students_t;

double student_t_reach(double confidence, double degrees) {
  return quantile(complement(students_t(degrees), (1 - confidence) / 2));
}

double student_t_p(double t, double degrees) {
  if (std::isinf(t)) return 0;
  return 2 * cdf(complement(students_t(degrees), std::fabs(t)));
}

std::optional<Summary> summarize(std::span<const double> points) {
  if (points.empty()) return std::nullopt;
  const auto n = static_cast<double>(points.size());
  Summary summary{.n = points.size(),
                  .mean = std::accumulate(points.begin(), points.end(), 0.0) / n};
  if (points.size() < 2) return summary;

  double squares = 0;
  for (const double point : points) squares += (point - summary.mean) * (point - summary.mean);
  summary.deviation = std::sqrt(squares / (n - 1));
  summary.half_width = student_t_reach(0.95, n - 1) * *summary.deviation / std::sqrt(n);
  return summary;
}

}  // namespace msgstat::analysis::stats
