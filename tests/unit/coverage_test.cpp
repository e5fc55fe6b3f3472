// What the statistics promise, held to simulated arms whose true ratio is known. The seed is fixed;
// the bounds leave room for the error of 4,000 samples, 0.35 % of coverage.
#include <gtest/gtest.h>

#include <string_view>

#include "tests/bench/simulated_arms.hpp"

namespace {

constexpr std::size_t kSamples = 4000;

const simulation::Scenario& scenario(std::string_view name) {
  for (const simulation::Scenario& one : simulation::scenarios())
    if (one.name == name) return one;
  throw std::runtime_error("no such scenario");
}

TEST(Coverage, UnderSharedDriftIsAsPromised) {
  for (const std::size_t blocks : {5, 10, 20}) {
    const double covered = simulation::cover(scenario("shared drift"), blocks, kSamples, 3).covered;
    EXPECT_GE(covered, 0.93) << blocks;
    EXPECT_LE(covered, 0.97) << blocks;
  }
}

TEST(Coverage, OfASkewedArmIsNineTenthsFromTenBlocksOn) {
  for (const std::size_t blocks : {10, 20})
    EXPECT_GE(simulation::cover(scenario("one arm skewed"), blocks, kSamples, 3).covered, 0.90)
        << blocks;
}

TEST(Coverage, WhereItIsLowBecauseOfTwoModesTheyAreSeen) {
  for (const std::size_t blocks : {10, 20}) {
    const auto coverage = simulation::cover(scenario("one arm bimodal"), blocks, kSamples, 3);
    EXPECT_GE(coverage.noticed, 0.95) << blocks;
  }
}

TEST(Coverage, PairsAreWorthMoreThanApartUnderDrift) {
  EXPECT_GT(simulation::cover(scenario("shared drift"), 10, kSamples, 3).independent_width, 1.3);
}

TEST(FalseAlarms, OfEqualArmsAreRare) { EXPECT_LE(simulation::false_alarms(10, 1000, 3), 0.06); }

}  // namespace
