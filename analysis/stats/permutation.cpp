#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "analysis/stats/difference.hpp"

namespace msgstat::analysis::stats {
namespace {

constexpr std::size_t kMostExactPairs = 16;
constexpr double kMostExactArrangements = 200000;
constexpr std::uint64_t kRandomArrangements = 100000;
constexpr std::uint64_t kSeed = 20240229;

// Counts the arrangements that are as far out as the observed one, on either side.
class Tally {
 public:
  explicit Tally(double observed, double size)
      : observed_(observed), tolerance_(1e-12 * std::max(size, std::fabs(observed))) {}

  void add(double statistic) {
    ++all_;
    if (statistic <= observed_ + tolerance_) ++below_;
    if (statistic >= observed_ - tolerance_) ++above_;
  }
  [[nodiscard]] double exact_p() const {
    return std::min(1.0,
                    2 * static_cast<double>(std::min(below_, above_)) / static_cast<double>(all_));
  }
  // The observed arrangement is one of the possible ones.
  [[nodiscard]] double random_p() const {
    return std::min(
        1.0, 2 * static_cast<double>(std::min(below_, above_) + 1) / static_cast<double>(all_ + 1));
  }

 private:
  double observed_;
  double tolerance_;
  std::uint64_t all_ = 0;
  std::uint64_t below_ = 0;
  std::uint64_t above_ = 0;
};

double sum(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

double size_of(std::span<const double> values) {
  double size = 0;
  for (const double value : values) size += std::fabs(value);
  return size;
}

double choices(std::size_t of, std::size_t chosen) {
  double choices = 1;
  for (std::size_t i = 1; i <= chosen; ++i)
    choices *= static_cast<double>(of - chosen + i) / static_cast<double>(i);
  return choices;
}

}  // namespace

double paired_permutation_p(std::span<const double> a, std::span<const double> b) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) differences.push_back(b[i] - a[i]);
  Tally tally(sum(differences), size_of(differences));
  if (differences.size() <= kMostExactPairs) {
    const std::uint64_t arrangements = std::uint64_t{1} << differences.size();
    for (std::uint64_t signs = 0; signs < arrangements; ++signs) {
      double total = 0;
      for (std::size_t i = 0; i < differences.size(); ++i)
        total += (signs >> i & 1U) != 0 ? -differences[i] : differences[i];
      tally.add(total);
    }
    return tally.exact_p();
  }
  std::mt19937_64 random(kSeed);
  for (std::uint64_t n = 0; n < kRandomArrangements; ++n) {
    double total = 0;
    for (const double difference : differences)
      total += (random() >> 63U) != 0 ? -difference : difference;
    tally.add(total);
  }
  return tally.random_p();
}

// The sum of b decides: the sum of all is the same in each arrangement.
double independent_permutation_p(std::span<const double> a, std::span<const double> b) {
  std::vector<double> all(a.begin(), a.end());
  all.insert(all.end(), b.begin(), b.end());
  Tally tally(sum(b), size_of(all));
  if (choices(all.size(), b.size()) <= kMostExactArrangements) {
    std::vector<char> in_b(all.size(), 0);
    std::fill_n(in_b.begin(), b.size(), 1);
    do {
      double total = 0;
      for (std::size_t i = 0; i < all.size(); ++i)
        if (in_b[i] != 0) total += all[i];
      tally.add(total);
    } while (std::prev_permutation(in_b.begin(), in_b.end()));
    return tally.exact_p();
  }
  std::mt19937_64 random(kSeed);
  for (std::uint64_t n = 0; n < kRandomArrangements; ++n) {
    std::shuffle(all.begin(), all.end(), random);
    tally.add(sum(std::span(all).first(b.size())));
  }
  return tally.random_p();
}

}  // namespace msgstat::analysis::stats
