// The difference of two samples, b - a, and whether chance explains it. Pure and deterministic; any
// thread. To compare ratios, give logarithms.
#pragma once

#include <optional>
#include <span>

namespace msgstat::analysis::stats {

struct Difference {
  double mean = 0;
  double low = 0;  // 95 % interval of the mean
  double high = 0;
  double p = 1;        // two-sided, of no difference
  double error = 0;    // standard error of the mean
  double degrees = 0;  // of freedom
};

// Student's paired t: a[i] and b[i] were taken side by side. Nothing for fewer than two pairs.
std::optional<Difference> paired_difference(std::span<const double> a, std::span<const double> b);
// Welch's t: samples that have nothing to do with each other. Nothing for fewer than two in either.
std::optional<Difference> independent_difference(std::span<const double> a,
                                                 std::span<const double> b);

// Two-sided p of the mean difference when within each pair it is chance which is a and which b;
// or when it is chance which points are in a. Exact to 16 pairs or 200,000 arrangements, else from
// 100,000 random ones, the same in each call. Assumes nothing on the distribution.
double paired_permutation_p(std::span<const double> a, std::span<const double> b);
double independent_permutation_p(std::span<const double> a, std::span<const double> b);

}  // namespace msgstat::analysis::stats
