#include "analysis/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/metric.hpp"
#include "analysis/ratio.hpp"
#include "analysis/stats/difference.hpp"
#include "analysis/stats/holm.hpp"
#include "analysis/stats/power.hpp"

namespace msgstat::analysis {
namespace {

using stats::Difference;

// System calls that are rarer, per unit or per second, are not tested: each more quantity makes
// the correction of all others harder. Chosen by the mean of both arms, which does not depend on
// which is which.
constexpr double kRarest = 0.0005;

bool has_zero(const std::vector<double>& points) {
  return std::any_of(points.begin(), points.end(), [](double point) { return point <= 0; });
}

double mean(const std::vector<double>& points) { return stats::summarize(points)->mean; }

std::vector<double> logarithms(std::vector<double> points) {
  for (double& point : points) point = std::log(point);
  return points;
}

std::array<std::vector<double>, 2> logarithms(const std::array<std::vector<double>, 2>& points) {
  return {logarithms(points[0]), logarithms(points[1])};
}

ArmPoints describe(std::vector<double> values) {
  ArmPoints points{.values = std::move(values), .summary = {}, .modes = {}, .outliers = {}};
  points.summary = stats::summarize(points.values);
  points.modes = stats::find_modes(points.values);
  points.outliers = stats::find_outliers(points.values);
  return points;
}

std::vector<double> points_of(const Quantity& quantity, const Group& group) {
  return points(group, [&](const Repeat& repeat) { return point_of(quantity, group, repeat); });
}

std::optional<Difference> test(const std::array<std::vector<double>, 2>& points, Pairing pairing) {
  return pairing == Pairing::kBlocks ? stats::paired_difference(points[0], points[1])
                                     : stats::independent_difference(points[0], points[1]);
}

double permute(const std::array<std::vector<double>, 2>& points, Pairing pairing) {
  return pairing == Pairing::kBlocks ? stats::paired_permutation_p(points[0], points[1])
                                     : stats::independent_permutation_p(points[0], points[1]);
}

// By how much the mean of a group may be wrong.
double bound_of(const Quantity& quantity, const Group& group) {
  double sum = 0;
  double repeats = 0;
  for (const Repeat& repeat : group.repeats) {
    const auto ends = window_ends(repeat.measured);
    const auto value = quantity.of(repeat.measured);
    if (!ends || !value) continue;
    repeats += 1;
    // Events and times do not lie across the ends of a window: only the units are in doubt.
    sum += quantity.kind == QuantityKind::kSyscall
               ? ratio_per_unit(*value * ends->units, *ends).bound
               : *value * ends->unit_slack / (ends->units - ends->unit_slack);
  }
  return repeats > 0 ? sum / repeats : 0;
}

class Comparer {
 public:
  Comparer(const Group& first, const Group& second, Pairing pairing)
      : groups_{&first, &second}, pairing_(pairing) {}

  Comparison compare(const Quantity& quantity) {
    Comparison comparison{.metric = quantity.name,
                          .unit = quantity.unit,
                          .kind = quantity.kind,
                          .is_headline = quantity.is_headline};
    for (std::size_t arm = 0; arm < 2; ++arm)
      comparison.arms[arm] = describe(points_of(quantity, *groups_[arm]));
    comparison.tested = tested_points(quantity, comparison);
    const auto& points = comparison.tested;
    if (points[0].empty() || points[1].empty()) {
      comparison.note = "not measured in both arms";
      return comparison;
    }
    const double first = mean(points[0]);
    const double second = mean(points[1]);
    if (first == 0 && second == 0) {
      comparison.note = "0 in every run of both";
      return comparison;
    }
    const bool by_ratio = !has_zero(points[0]) && !has_zero(points[1]);
    estimate(comparison, by_ratio);
    if (points[0].size() < 2 || points[1].size() < 2) {
      comparison.note = "one run of each says nothing about chance";
    } else if (quantity.kind == QuantityKind::kSyscall && (first + second) / 2 < kRarest) {
      comparison.note = "too rare";
      comparison.ratio_ci95.reset();
      comparison.difference_ci95.reset();
    } else {
      comparison.p = difference_->p;
      comparison.permutation_p = permute(by_ratio ? logarithms(points) : points, pairing_);
    }
    return comparison;
  }

  // Once the corrected p is known.
  void judge(Comparison& comparison, const Quantity& quantity, std::size_t tests) const {
    if (!comparison.p) return;
    const bool by_ratio = comparison.ratio_ci95.has_value();
    const auto points = by_ratio ? logarithms(comparison.tested) : comparison.tested;
    const Difference difference = *test(points, pairing_);
    const double base = by_ratio ? std::exp(mean(points[0])) : 1;
    const double bound =
        quantity.is_counted ? bound_of(quantity, *groups_[0]) + bound_of(quantity, *groups_[1]) : 0;
    // A small arm's bound may be many times its value, and is as little beside the other's: what is
    // left open is a difference, not a ratio.
    const auto is_left_open = [&](double change) {
      return std::fabs(by_ratio ? base * std::expm1(change) : change) <= bound;
    };
    const bool is_significant = *comparison.corrected_p < kLevel;
    if (is_significant && !is_left_open(difference.mean)) {
      comparison.verdict = Verdict::kChanged;
      return;
    }
    const double margin = by_ratio ? std::log1p(kMargin)
                                   : std::log1p(kMargin) * (mean(points[0]) + mean(points[1])) / 2;
    const auto is_small = [&](double change) { return std::fabs(change) <= margin; };
    if ((is_small(difference.low) || is_left_open(difference.low)) &&
        (is_small(difference.high) || is_left_open(difference.high))) {
      comparison.verdict = Verdict::kUnchanged;
      if (is_significant || !is_small(difference.low) || !is_small(difference.high))
        comparison.note = "within what the ends of the windows leave open";
      return;
    }
    comparison.verdict = Verdict::kUndecided;
    comparison.more_runs =
        stats::more_points(difference, std::min(points[0].size(), points[1].size()),
                           std::max(margin, by_ratio ? std::log1p(bound / base) : bound),
                           kLevel / static_cast<double>(std::max<std::size_t>(tests, 1)));
  }

 private:
  [[nodiscard]] std::array<std::vector<double>, 2> tested_points(
      const Quantity& quantity, const Comparison& comparison) const {
    if (pairing_ == Pairing::kIndependent)
      return {comparison.arms[0].values, comparison.arms[1].values};
    std::array<std::vector<double>, 2> pairs;
    for (const Repeat& first : groups_[0]->repeats) {
      const auto second =
          std::find_if(groups_[1]->repeats.begin(), groups_[1]->repeats.end(),
                       [&first](const Repeat& repeat) { return repeat.number == first.number; });
      if (second == groups_[1]->repeats.end()) continue;
      const auto a = point_of(quantity, *groups_[0], first);
      const auto b = point_of(quantity, *groups_[1], *second);
      if (!a || !b) continue;
      pairs[0].push_back(*a);
      pairs[1].push_back(*b);
    }
    return pairs;
  }

  void estimate(Comparison& comparison, bool by_ratio) {
    const auto& points = comparison.tested;
    const double first = mean(points[0]);
    if (by_ratio) {
      const auto logs = logarithms(points);
      comparison.ratio = std::exp(mean(logs[1]) - mean(logs[0]));
      difference_ = test(logs, pairing_);
      if (difference_)
        comparison.ratio_ci95 = Interval{std::exp(difference_->low), std::exp(difference_->high)};
      return;
    }
    if (first > 0) comparison.ratio = mean(points[1]) / first;
    difference_ = test(points, pairing_);
    if (difference_) comparison.difference_ci95 = Interval{difference_->low, difference_->high};
    comparison.note = "0 in some runs: the test and the interval are of the difference";
  }

  std::array<const Group*, 2> groups_;
  Pairing pairing_;
  std::optional<Difference> difference_;
};

// For sorting: how far from no change, a change to or from nothing furthest.
double size_of(const Comparison& comparison) {
  if (!comparison.ratio || *comparison.ratio <= 0) return INFINITY;
  return std::fabs(std::log(*comparison.ratio));
}

void sort_by_change(std::vector<Comparison>& quantities) {
  std::stable_sort(quantities.begin(), quantities.end(),
                   [](const Comparison& a, const Comparison& b) {
                     if (a.verdict != b.verdict) return a.verdict < b.verdict;
                     return size_of(a) > size_of(b);
                   });
}

std::size_t count_pairs(const Group& first, const Group& second) {
  std::size_t pairs = 0;
  for (const Repeat& a : first.repeats)
    for (const Repeat& b : second.repeats) pairs += a.number == b.number ? 1 : 0;
  return pairs;
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kChanged:
      return "changed";
    case Verdict::kUnchanged:
      return "unchanged";
    case Verdict::kUndecided:
      return "undecided";
    case Verdict::kUntested:
      break;
  }
  return "untested";
}

ArmComparison compare_groups(const Group& first, const Group& second,
                             std::array<std::string, 2> names, Pairing pairing) {
  ArmComparison result{
      .label = first.label == second.label ? first.label : first.label + " | " + second.label,
      .names = std::move(names),
      .pairing = pairing,
      .runs = {first.repeats.size(), second.repeats.size()},
      .pairs = pairing == Pairing::kBlocks ? count_pairs(first, second) : 0,
      .steadiness = {steadiness(first), steadiness(second)},
      .findings = find_arm_findings(first, second)};
  const std::vector<Quantity> quantities = quantities_of({&first, &second});
  Comparer comparer(first, second, pairing);
  std::vector<double> p;
  for (const Quantity& quantity : quantities) {
    Comparison comparison = comparer.compare(quantity);
    // What neither has is no line of a table.
    if (comparison.p) p.push_back(*comparison.p);
    result.quantities.push_back(std::move(comparison));
  }
  const std::vector<double> corrected = stats::holm(p);
  result.tested = p.size();
  std::size_t at = 0;
  for (std::size_t i = 0; i < quantities.size(); ++i) {
    if (!result.quantities[i].p) continue;
    result.quantities[i].corrected_p = corrected[at++];
    comparer.judge(result.quantities[i], quantities[i], result.tested);
  }
  std::erase_if(result.quantities, [](const Comparison& comparison) {
    return comparison.arms[0].values.empty() && comparison.arms[1].values.empty();
  });
  sort_by_change(result.quantities);
  return result;
}

std::optional<double> exceedance_p(const Comparison& comparison, Pairing pairing, double change,
                                   bool more) {
  auto points = comparison.tested;
  if (!has_zero(points[0]) && !has_zero(points[1])) {
    points = logarithms(points);
    for (double& point : points[0]) point += std::log1p(change);
  } else {
    for (double& point : points[0]) point *= 1 + change;
  }
  const auto difference = test(points, pairing);
  if (!difference) return std::nullopt;
  const bool is_beyond = more ? difference->mean > 0 : difference->mean < 0;
  return is_beyond ? difference->p / 2 : 1 - difference->p / 2;
}

}  // namespace msgstat::analysis
