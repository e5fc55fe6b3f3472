// How many points a question needs. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>

#include "analysis/stats/difference.hpp"

namespace msgstat::analysis::stats {

// How many more points of each sample would decide, if mean and spread stayed as they are over the
// `n` that gave `difference`: until it differs from 0 at `level`, or its 95 % interval lies within
// `margin` of 0, whichever is first. Nothing when 100,000 would not do. A guide: it takes the
// estimate for the truth.
std::optional<std::size_t> more_points(const Difference& difference, std::size_t n, double margin,
                                       double level);

}  // namespace msgstat::analysis::stats
