// How often a 95 % interval of msgstat holds the true ratio, and how often equal arms are called
// different: the tables of docs/statistics.md. statistics_coverage [SAMPLES]
#include <cstdint>
#include <cstdlib>

#include <fmt/format.h>

#include "tests/bench/simulated_arms.hpp"

int main(int argc, char** argv) {
  constexpr std::uint64_t kSeed = 1;
  constexpr std::size_t kComparisons = 5000;
  // ./dev bench hands the options of other benchmarks over too.
  const std::size_t asked = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0;
  const std::size_t samples = asked > 0 ? asked : 20000;
  fmt::print(
      "| scenario | n | covered | two modes seen | covered where not seen | Welch's width |\n"
      "|---|---:|---:|---:|---:|---:|\n");
  for (const simulation::Scenario& scenario : simulation::scenarios())
    for (const std::size_t blocks : {5, 10, 20}) {
      const auto coverage = simulation::cover(scenario, blocks, samples, kSeed);
      fmt::print("| {} | {} | {:.1f} % | {:.1f} % | {} | {:.2f} |\n", scenario.name, blocks,
                 coverage.covered * 100, coverage.noticed * 100,
                 coverage.noticed < 1 ? fmt::format("{:.1f} %", coverage.covered_unnoticed * 100)
                                      : std::string("–"),
                 coverage.independent_width);
    }
  fmt::print("\n| equal arms, n | any quantity called changed |\n|---:|---:|\n");
  for (const std::size_t blocks : {5, 10})
    fmt::print("| {} | {:.1f} % |\n", blocks,
               simulation::false_alarms(blocks, kComparisons, kSeed) * 100);
}
