// Whether a group ran in a steady state: how the rate of units moved from the start to the end of
// its windows. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>

#include "analysis/group.hpp"

namespace msgstat::analysis {

// Relative change over one run, by least squares through the slices of its unobserved windows:
// -0.1 is a rate that fell by a tenth. A repeat is one point.
struct Steadiness {
  double drift = 0;                  // the mean over the repeats
  std::optional<double> half_width;  // of its 95 % interval; absent for one repeat
  std::size_t runs = 0;

  // The interval excludes 0, and the drift is more than a twentieth.
  [[nodiscard]] bool is_unsteady() const;
};

// Nothing where no slices were recorded.
std::optional<Steadiness> steadiness(const Group& group);

}  // namespace msgstat::analysis
