// Two arms of a benchmark as random numbers, of which the true ratio is known. Deterministic for a
// seed; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace simulation {

struct Arms {
  std::vector<double> first;
  std::vector<double> second;
};

// A pair of arms measured side by side in `blocks`; `log_ratio` is the mean of the logarithm of
// their ratio.
struct Scenario {
  const char* name;
  double log_ratio;
  Arms (*draw)(std::mt19937_64& random, std::size_t blocks);
};

// The machine drifts by a random walk that both arms share; one arm is skewed (an exponential tail
// on the logarithm); one arm falls into one of two regimes at the start of each process.
std::span<const Scenario> scenarios();

// Of many samples, by the paired test that comparisons use.
struct Coverage {
  double covered = 0;            // share of 95 % intervals that hold the true ratio
  double noticed = 0;            // share of samples in which two modes are seen in an arm
  double covered_unnoticed = 0;  // share among those in which they are not
  double independent_width = 0;  // Welch's interval, in widths of the paired one; medians
};
Coverage cover(const Scenario& scenario, std::size_t blocks, std::size_t samples,
               std::uint64_t seed);

// Of comparisons of a recording's two equal arms, `blocks` each and several quantities: the share
// in which any quantity is called changed.
double false_alarms(std::size_t blocks, std::size_t samples, std::uint64_t seed);

}  // namespace simulation
