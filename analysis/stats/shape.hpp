// What a mean would hide: two modes, and points that stand apart. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace msgstat::analysis::stats {

struct Modes {
  double low = 0;  // the mean of each
  double high = 0;
  std::size_t in_low = 0;
  std::size_t in_high = 0;
};

// Two modes, when the points fall into two clusters of at least two points each so cleanly that one
// normal sample in a hundred would (Engelman and Hartigan, "Percentage points of a test for
// clusters", 1969), and `high` is more than a tenth above `low`. From four points on; of few points
// only sharp modes are seen.
std::optional<Modes> find_modes(std::span<const double> points);

// Points further than 3.5 from the median in units of 1.4826 times the median absolute deviation
// (Iglewicz and Hoaglin, "How to detect and handle outliers", 1993), as indices. For marking: they
// count like all others. None of fewer than five points, or when more than half of them are equal.
std::vector<std::size_t> find_outliers(std::span<const double> points);

}  // namespace msgstat::analysis::stats
