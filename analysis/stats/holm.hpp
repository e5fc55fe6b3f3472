// Holm's correction of several p values (Holm, "A simple sequentially rejective multiple test
// procedure", 1979): with them, the chance that any true null is called a difference stays below
// the level, however the tests depend on each other. Pure; any thread.
#pragma once

#include <span>
#include <vector>

namespace msgstat::analysis::stats {

// In the order given; each at least as large as it was, at most 1.
std::vector<double> holm(std::span<const double> p);

}  // namespace msgstat::analysis::stats
