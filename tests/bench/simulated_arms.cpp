#include "tests/bench/simulated_arms.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "analysis/compare.hpp"
#include "analysis/stats/difference.hpp"
#include "analysis/stats/shape.hpp"

namespace simulation {
namespace {

using namespace msgstat::analysis;

constexpr double kNoise = 0.05;  // of one process against the next, on the logarithm

double normal(std::mt19937_64& random) {
  return std::normal_distribution<double>(0, kNoise)(random);
}

Arms drifting(std::mt19937_64& random, std::size_t blocks) {
  Arms arms;
  double drift = 0;
  for (std::size_t i = 0; i < blocks; ++i) {
    drift += normal(random);
    arms.first.push_back(std::exp(drift + normal(random)));
    arms.second.push_back(std::exp(drift + normal(random) + std::log(1.1)));
  }
  return arms;
}

Arms skewed(std::mt19937_64& random, std::size_t blocks) {
  Arms arms;
  for (std::size_t i = 0; i < blocks; ++i) {
    arms.first.push_back(std::exp(normal(random)));
    const double tail = std::exponential_distribution<double>(4)(random);
    arms.second.push_back(std::exp(normal(random) + tail));
  }
  return arms;
}

Arms bimodal(std::mt19937_64& random, std::size_t blocks) {
  Arms arms;
  for (std::size_t i = 0; i < blocks; ++i) {
    arms.first.push_back(std::exp(normal(random)));
    const bool slow = std::bernoulli_distribution(0.5)(random);
    arms.second.push_back(std::exp(normal(random) + (slow ? std::log(4) : 0)));
  }
  return arms;
}

const Scenario kScenarios[] = {{"shared drift", std::log(1.1), drifting},
                               {"one arm skewed", 0.25, skewed},
                               {"one arm bimodal", std::log(4) / 2, bimodal}};

std::vector<double> logarithms(std::vector<double> points) {
  for (double& point : points) point = std::log(point);
  return points;
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// A window of a hundred thousand messages, with calls that vary together: all of a machine's
// quantities do.
Run random_run(std::mt19937_64& random, const std::string& arm, std::size_t block, double drift) {
  constexpr double kMessages = 1e5;
  Run run;
  run.label = "server";
  run.arm = arm;
  run.repeat = block;
  const double own = normal(random);
  run.window.seconds = std::exp(drift + own);
  run.unit =
      Unit{.name = "message", .source = "load", .count = static_cast<std::uint64_t>(kMessages)};
  run.syscalls.emplace();
  for (const char* name : {"accept4", "epoll_ctl", "epoll_wait", "futex", "read", "write"}) {
    const double calls = kMessages * std::exp(drift + own / 2 + 2 * normal(random));
    run.syscalls->push_back({.name = name, .calls = static_cast<std::uint64_t>(calls)});
  }
  return run;
}

}  // namespace

std::span<const Scenario> scenarios() { return kScenarios; }

Coverage cover(const Scenario& scenario, std::size_t blocks, std::size_t samples,
               std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::size_t covered = 0;
  std::size_t noticed = 0;
  std::size_t covered_unnoticed = 0;
  std::vector<double> widths;
  for (std::size_t i = 0; i < samples; ++i) {
    const Arms arms = scenario.draw(random, blocks);
    const auto first = logarithms(arms.first);
    const auto second = logarithms(arms.second);
    const auto paired = *stats::paired_difference(first, second);
    const bool holds = paired.low <= scenario.log_ratio && scenario.log_ratio <= paired.high;
    const bool notice = stats::find_modes(arms.first) || stats::find_modes(arms.second);
    covered += holds ? 1 : 0;
    noticed += notice ? 1 : 0;
    covered_unnoticed += holds && !notice ? 1 : 0;
    const auto apart = *stats::independent_difference(first, second);
    widths.push_back((apart.high - apart.low) / (paired.high - paired.low));
  }
  const auto all = static_cast<double>(samples);
  const auto quiet = static_cast<double>(samples - noticed);
  return {.covered = static_cast<double>(covered) / all,
          .noticed = static_cast<double>(noticed) / all,
          .covered_unnoticed = quiet > 0 ? static_cast<double>(covered_unnoticed) / quiet : 0,
          .independent_width = median(widths)};
}

double false_alarms(std::size_t blocks, std::size_t samples, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::size_t alarms = 0;
  for (std::size_t i = 0; i < samples; ++i) {
    Recording recording;
    double drift = 0;
    for (std::size_t block = 0; block < blocks; ++block) {
      drift += normal(random);
      for (const char* arm : {"a", "b"})
        recording.runs.push_back(random_run(random, arm, block, drift));
    }
    const ArmComparison arms = compare_arms(recording).at(0);
    alarms += std::any_of(arms.quantities.begin(), arms.quantities.end(),
                          [](const Comparison& one) { return one.verdict == Verdict::kChanged; });
  }
  return static_cast<double>(alarms) / static_cast<double>(samples);
}

}  // namespace simulation
