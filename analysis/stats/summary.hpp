// Mean and spread of independent points. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace msgstat::analysis::stats {

struct Summary {
  std::size_t n = 0;
  double mean = 0;
  std::optional<double> deviation;   // of the sample, n - 1; absent below two points
  std::optional<double> half_width;  // of the 95 % interval of the mean, by Student's t
};

// Nothing for no points. Every point counts the same; none is dropped.
std::optional<Summary> summarize(std::span<const double> points);

// How many standard errors a two-sided interval of `confidence` (0.95) reaches to either side.
// `degrees` of freedom, at least 1.
double student_t_reach(double confidence, double degrees);
// Two-sided p of a t statistic.
double student_t_p(double t, double degrees);

}  // namespace msgstat::analysis::stats
