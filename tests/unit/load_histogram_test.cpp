#include "servers/load/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

namespace {

constexpr double kBound = 0.01;

double error_of(std::uint64_t ns) {
  const auto middle = static_cast<double>(load::bucket_middle_ns(load::bucket_of(ns)));
  const auto exact = static_cast<double>(ns);
  return ns == 0 ? middle : std::abs(middle - exact) / exact;
}

TEST(LoadHistogram, IsExactBelow256Ns) {
  for (std::uint64_t ns = 0; ns < 256; ++ns)
    EXPECT_EQ(load::bucket_middle_ns(load::bucket_of(ns)), ns);
}

// In a bucket the error is greatest at its ends, and where a bucket ends the next begins: so the
// ends of all buckets cover all values.
TEST(LoadHistogram, IsWithinOnePercentAtBothEndsOfEveryBucket) {
  std::uint64_t first = 0;
  for (std::size_t bucket = 0; bucket < load::kBuckets; ++bucket) {
    std::uint64_t low = first;
    std::uint64_t high = load::kMaxNs;
    while (low < high) {  // the last value of the bucket
      const std::uint64_t middle = low + (high - low + 1) / 2;
      if (load::bucket_of(middle) > bucket)
        high = middle - 1;
      else
        low = middle;
    }
    ASSERT_EQ(load::bucket_of(first), bucket);
    ASSERT_EQ(load::bucket_of(low), bucket);
    ASSERT_LE(error_of(first), kBound) << first;
    ASSERT_LE(error_of(low), kBound) << low;
    first = low + 1;
  }
  EXPECT_EQ(first, load::kMaxNs + 1);
}

TEST(LoadHistogram, CountsWhatIsLongerThanItsRangeAsTheLongest) {
  EXPECT_EQ(load::bucket_of(load::kMaxNs + 1), load::kBuckets - 1);
  EXPECT_EQ(load::bucket_of(~std::uint64_t{0}), load::kBuckets - 1);
}

TEST(LoadHistogram, HasNoQuantileOfNothing) {
  EXPECT_EQ(load::quantile_ns(std::vector<std::uint64_t>(load::kBuckets), .5), std::nullopt);
}

struct Distribution {
  const char* name;
  std::vector<std::uint64_t> (*draw)(std::mt19937_64& random);
};

constexpr std::size_t kValues = 100'003;

template <typename Draw>
std::vector<std::uint64_t> draw_values(Draw draw) {
  std::vector<std::uint64_t> values(kValues);
  std::generate(values.begin(), values.end(),
                [&draw] { return static_cast<std::uint64_t>(draw()); });
  return values;
}

const std::array kDistributions = {
    Distribution{"every_magnitude",
                 [](std::mt19937_64& random) {
                   std::uniform_real_distribution<> bits(0, load::kMaxBits);
                   return draw_values([&] { return std::exp2(bits(random)) - 1; });
                 }},
    Distribution{"lognormal",
                 [](std::mt19937_64& random) {
                   std::lognormal_distribution<> ns(11, 1);
                   return draw_values([&] { return ns(random); });
                 }},
    Distribution{"stalls",
                 [](std::mt19937_64& random) {
                   std::normal_distribution<> quick(50e3, 5e3);
                   std::bernoulli_distribution stalls(.005);
                   return draw_values(
                       [&] { return stalls(random) ? 300e6 : std::max(1e3, quick(random)); });
                 }},
    Distribution{"one_value", [](std::mt19937_64&) { return draw_values([] { return 123'457; }); }},
};

class LoadQuantile : public testing::TestWithParam<Distribution> {};

TEST_P(LoadQuantile, IsWithinOnePercentOfTheSortedValues) {
  std::mt19937_64 random(7);
  std::vector<std::uint64_t> values = GetParam().draw(random);
  std::vector<std::uint64_t> counts(load::kBuckets);
  for (const std::uint64_t ns : values) ++counts[load::bucket_of(ns)];
  std::sort(values.begin(), values.end());

  for (const std::size_t per_mille : {1, 10, 250, 500, 900, 990, 999, 1000}) {
    const std::size_t rank = (per_mille * kValues + 999) / 1000;  // nearest rank, from 1
    const auto exact = static_cast<double>(values[rank - 1]);
    const auto found = load::quantile_ns(counts, static_cast<double>(per_mille) / 1000);
    ASSERT_TRUE(found.has_value());
    EXPECT_NEAR(static_cast<double>(*found), exact, exact * kBound) << per_mille << " per mille";
  }
}

INSTANTIATE_TEST_SUITE_P(Of, LoadQuantile, testing::ValuesIn(kDistributions),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
