// The statistics against SciPy on the same random data (statistics_reference.py), and on data whose
// answer is known.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "analysis/stats/difference.hpp"
#include "analysis/stats/holm.hpp"
#include "analysis/stats/shape.hpp"
#include "analysis/stats/summary.hpp"
#include "tests/unit/scipy_reference.hpp"

namespace {

using namespace msgstat::analysis::stats;
using Points = std::vector<double>;

using reference::Reference;
using reference::scipy;

class Statistics : public ::testing::Test {
 protected:
  Points normal(std::size_t n, double mean, double deviation) {
    Points points(n);
    for (double& point : points) point = std::normal_distribution<double>(mean, deviation)(random_);
    return points;
  }
  Points uniform(std::size_t n) {
    Points points(n);
    for (double& point : points) point = std::uniform_real_distribution<double>(0, 1)(random_);
    return points;
  }

  std::mt19937_64 random_{7};
};

TEST_F(Statistics, AMeanAndItsIntervalAgreeWithScipy) {
  SKIP_UNLESS(scipy());
  Reference reference;
  for (const std::size_t n : {2, 3, 5, 10, 100, 1000}) {
    const Points a = normal(n, 1e5, 1e3);
    const Summary summary = *summarize(a);
    reference.expect("mean", a, {}, {summary.mean, *summary.deviation, *summary.half_width});
  }
  reference.compare();
}

TEST_F(Statistics, PairedDifferencesAgreeWithScipy) {
  SKIP_UNLESS(scipy());
  Reference reference;
  for (const std::size_t n : {2, 3, 5, 10, 20, 100}) {
    const Points a = normal(n, 0, 1);
    const Points b = normal(n, 0.7, 0.3);
    const Difference ours = *paired_difference(a, b);
    reference.expect("paired", a, b, {ours.mean, ours.low, ours.high, ours.p});
  }
  reference.compare();
}

TEST_F(Statistics, IndependentDifferencesAgreeWithScipy) {
  SKIP_UNLESS(scipy());
  Reference reference;
  for (const std::size_t n : {2, 3, 5, 10, 20, 100}) {
    const Points a = normal(n, 0, 1);
    const Points b = normal(n + 2, 0.7, 0.3);
    const Difference ours = *independent_difference(a, b);
    reference.expect("independent", a, b, {ours.mean, ours.low, ours.high, ours.p});
  }
  reference.compare();
}

TEST_F(Statistics, ExactPermutationsAgreeWithScipy) {
  SKIP_UNLESS(scipy());
  Reference reference;
  for (const std::size_t n : {2, 3, 5, 8, 12}) {
    const Points a = normal(n, 0, 1);
    const Points b = normal(n, 0.7, 0.3);
    reference.expect("paired-permutation", a, b, {paired_permutation_p(a, b)});
  }
  for (const std::size_t n : {2, 3, 5, 7}) {
    const Points a = normal(n, 0, 1);
    const Points b = normal(n + 1, 0.7, 0.3);
    reference.expect("independent-permutation", a, b, {independent_permutation_p(a, b)});
  }
  reference.compare();
}

TEST_F(Statistics, HolmAgreesWithItsDefinition) {
  SKIP_UNLESS(scipy());
  Reference reference;
  for (const std::size_t n : {1, 2, 5, 30}) {
    Points p = uniform(n);
    for (double& one : p) one = one * one * one;
    reference.expect("holm", p, {}, holm(p));
  }
  reference.compare();
}

TEST_F(Statistics, OutliersAgreeWithScipy) {
  SKIP_UNLESS(scipy());
  Reference reference;
  for (const std::size_t n : {5, 6, 20, 101}) {
    Points a = normal(n, 10, 1);
    a[n / 2] = 100;
    Points indices;
    for (const std::size_t index : find_outliers(a)) indices.push_back(static_cast<double>(index));
    EXPECT_FALSE(indices.empty());
    reference.expect("outliers", a, {}, indices);
  }
  reference.compare();
}

// Where all arrangements cannot be tried, random ones stand for them: within 5 standard errors of
// a proportion over 100,000.
TEST_F(Statistics, RandomPermutationsComeCloseToTheT) {
  const Points a = normal(40, 0, 1);
  const Points b = normal(40, 0.3, 1);
  const double t = paired_difference(a, b)->p;
  EXPECT_NEAR(paired_permutation_p(a, b), t, 0.01 + 5 * std::sqrt(t / 1e5));
  const double welch = independent_difference(a, b)->p;
  EXPECT_NEAR(independent_permutation_p(a, b), welch, 0.01 + 5 * std::sqrt(welch / 1e5));
  EXPECT_EQ(paired_permutation_p(a, b), paired_permutation_p(a, b));
}

TEST(Statistic, OfTooFewPointsIsAbsent) {
  const Points none;
  const Points one = {3};
  EXPECT_FALSE(summarize(none).has_value());
  EXPECT_EQ(summarize(one)->mean, 3);
  EXPECT_FALSE(summarize(one)->half_width.has_value());
  EXPECT_FALSE(paired_difference(one, one).has_value());
  EXPECT_FALSE(paired_difference(Points{1, 2}, Points{1, 2, 3}).has_value());
  EXPECT_FALSE(independent_difference(one, Points{1, 2}).has_value());
  EXPECT_TRUE(holm(none).empty());
  EXPECT_FALSE(find_modes(Points{1, 1, 9}).has_value());
  EXPECT_TRUE(find_outliers(Points{1, 9}).empty());
}

TEST(Statistic, WithoutSpreadIsCertain) {
  const Points a = {1, 1, 1};
  const Points b = {2, 2, 2};
  EXPECT_EQ(paired_difference(a, b)->p, 0);
  EXPECT_EQ(paired_difference(a, a)->p, 1);
  EXPECT_EQ(independent_difference(a, b)->p, 0);
  EXPECT_EQ(independent_difference(a, a)->p, 1);
  EXPECT_EQ(paired_difference(a, b)->low, 1);
}

TEST(Modes, OfTwoRegimesAreFound) {
  const Points mmap_per_message = {0.0003, 1.0001, 0.0002, 1.0002, 1.0000, 0.0001};
  const std::optional<Modes> modes = find_modes(mmap_per_message);
  ASSERT_TRUE(modes.has_value());
  EXPECT_EQ(modes->in_low, 3U);
  EXPECT_EQ(modes->in_high, 3U);
  EXPECT_NEAR(modes->low, 0.0002, 1e-9);
  EXPECT_NEAR(modes->high, 1.0001, 1e-9);
}

TEST(Modes, AreNotSeenInOneOddRun) {
  EXPECT_FALSE(find_modes(Points{1, 1.01, 0.99, 1.02, 0.98, 9}).has_value());
}

TEST(Modes, AreNotSeenWhereTheyAreTooCloseToMatter) {
  EXPECT_FALSE(find_modes(Points{1, 1, 1, 1.01, 1.01, 1.01}).has_value());
}

TEST_F(Statistics, ModesAreSeenInOneNormalSampleOfAHundred) {
  for (const std::size_t n : {4, 5, 9, 17, 60}) {
    int seen = 0;
    constexpr int kSamples = 10000;
    for (int i = 0; i < kSamples; ++i)
      if (find_modes(normal(n, 10, 5))) ++seen;
    EXPECT_LT(seen, kSamples * 0.014) << n;
    EXPECT_GT(seen, kSamples * 0.004) << n;
  }
}

TEST(Outliers, AreMarkedWhereverTheyStand) {
  EXPECT_EQ(find_outliers(Points{100, 1, 2, 3, 4, -90}), (std::vector<std::size_t>{0, 5}));
  EXPECT_TRUE(find_outliers(Points{1, 1, 1, 9}).empty());
}

}  // namespace
