// Two arms, quantity by quantity: how large the difference is, whether chance explains it, and what
// cannot be told. docs/statistics.md says why it is done so. Pure; any thread. Borrows nothing.
//
// A point is one repeat: a fresh process. Where each repeat is a block, in which the arms ran side
// by side in random order, the test is Student's paired t on the logarithms of the points; where
// they were measured apart it is Welch's. Where a point is zero there is no logarithm: the same
// test is then made on the differences, and the interval is of the difference.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/findings/group_findings.hpp"
#include "analysis/group.hpp"
#include "analysis/quantity.hpp"
#include "analysis/stats/shape.hpp"
#include "analysis/stats/summary.hpp"
#include "analysis/steadiness.hpp"

namespace msgstat::analysis {

inline constexpr double kLevel = 0.05;   // of the tests, over all quantities of two arms
inline constexpr double kMargin = 0.05;  // a change that is surely smaller is none

enum class Pairing {
  kBlocks,       // the same repeat of both arms ran side by side
  kIndependent,  // measured apart
};

enum class Verdict {
  kChanged,    // significant after correction, and larger than what the measuring leaves open
  kUnchanged,  // the whole interval is within kMargin, or within what the measuring leaves open
  kUndecided,  // neither: too few runs for this spread
  kUntested,   // `note` says why
};
std::string_view verdict_name(Verdict verdict);  // "changed"

struct Interval {
  double low = 0;
  double high = 0;
};

struct ArmPoints {
  std::vector<double>
      values;  // in the order of the repeats; those without the quantity are left out
  std::optional<stats::Summary> summary;
  std::optional<stats::Modes> modes;
  std::vector<std::size_t> outliers;  // indices of `values`
};

struct Comparison {
  std::string metric;
  std::string unit;
  QuantityKind kind = QuantityKind::kThroughput;
  bool is_headline = true;
  std::array<ArmPoints, 2> arms;
  // Of the second to the first: of geometric means, or where a point is zero of the means. Absent
  // when the first is zero.
  std::optional<double> ratio;
  std::optional<Interval> ratio_ci95;         // absent where a point is zero
  std::optional<Interval> difference_ci95;    // there instead, in the unit of the points
  std::array<std::vector<double>, 2> tested;  // the points of the test; in blocks those in pairs
  std::optional<double> p;                    // of the t test
  std::optional<double> permutation_p;
  std::optional<double> corrected_p;  // Holm, over the quantities that were tested
  Verdict verdict = Verdict::kUntested;
  std::optional<std::size_t> more_runs;  // undecided: in each arm, if mean and spread stay
  std::string note;                      // why not tested, or what limits the verdict
};

struct ArmComparison {
  std::string label;  // "thread"
  std::array<std::string, 2> names;
  Pairing pairing = Pairing::kBlocks;
  std::array<std::size_t, 2> runs{};
  std::size_t pairs = 0;
  std::size_t tested = 0;              // for how many quantities p is corrected
  std::vector<Comparison> quantities;  // most changed first, untested last
  std::array<std::optional<Steadiness>, 2> steadiness;
  ArmFindings findings;  // what may explain the difference
};

ArmComparison compare_groups(const Group& first, const Group& second,
                             std::array<std::string, 2> names, Pairing pairing);

// The arms of a recording: each against the first, label by label, in blocks. Arms that have
// different labels (each another model) are compared when each has one only.
std::vector<ArmComparison> compare_arms(const Recording& recording);

// What two recordings have in common, by label and arm; when each has one group only, these.
// Throws Error when they have nothing in common, or what they counted differs.
std::vector<ArmComparison> compare_recordings(const Recording& first, const Recording& second,
                                              const std::array<std::string, 2>& names,
                                              Pairing pairing);

// One-sided p of "the second is not more than (1 + `change`) times the first", or for `more` false
// "not less". By the test of the comparison. Nothing when there are too few points.
std::optional<double> exceedance_p(const Comparison& comparison, Pairing pairing, double change,
                                   bool more);

}  // namespace msgstat::analysis
