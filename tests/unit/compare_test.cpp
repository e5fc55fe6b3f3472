// Comparing arms: recordings whose points are known, against SciPy on the logarithms, and the rules
// of docs/statistics.md one by one.
#include "analysis/compare.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "analysis/render/text.hpp"
#include "tests/unit/scipy_reference.hpp"
#include "tracer/error.hpp"

namespace {

using namespace msgstat;
using namespace msgstat::analysis;
using Points = std::vector<double>;

constexpr double kUnits = 1e6;

// A measured window of a million messages; `futex` calls a message, and as many receives.
Run run_of(const std::string& arm, std::uint64_t repeat, double futex, double rate = 1e5) {
  Run run;
  run.label = "thread";
  run.arm = arm;
  run.repeat = repeat;
  run.window.seconds = kUnits / rate;
  run.unit = Unit{.name = "message", .source = "load", .count = static_cast<std::uint64_t>(kUnits)};
  run.load = Load{.connections = 200, .message_bytes = 64, .rate_per_s = {}, .cpus = {}};
  run.loss = Loss{};
  run.syscalls = {{.name = "recvfrom", .calls = static_cast<std::uint64_t>(kUnits) + 7 * repeat}};
  run.syscalls->push_back(
      {.name = "futex", .calls = static_cast<std::uint64_t>(std::llround(futex * kUnits))});
  return run;
}

Recording recording_of(const Points& first, const Points& second) {
  Recording recording;
  recording.arms = {{.name = "free", .settings = {}},
                    {.name = "pinned", .settings = {{"server-cpus", "0"}}}};
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    // Not in the order in which they were asked for.
    if (i < second.size()) recording.runs.push_back(run_of("pinned", i, second[i]));
    if (i < first.size()) recording.runs.push_back(run_of("free", i, first[i]));
  }
  return recording;
}

const Comparison& find(const ArmComparison& arms, const std::string& metric) {
  const auto found = std::find_if(arms.quantities.begin(), arms.quantities.end(),
                                  [&](const Comparison& one) { return one.metric == metric; });
  if (found == arms.quantities.end()) throw std::runtime_error("no " + metric);
  return *found;
}

// The report with its lines joined.
std::string flat_text(const Recording& recording) {
  std::string flat;
  for (const char letter : render_text(recording)) {
    const char one = letter == '\n' ? ' ' : letter;
    if (one != ' ' || !flat.ends_with(' ')) flat += one;
  }
  return flat;
}

// Multiples of a millionth, as calls are whole.
Points whole(Points points) {
  for (double& point : points) point = std::round(point * kUnits) / kUnits;
  return points;
}

TEST(Compare, RatioIntervalAndPAgreeWithScipyOnLogarithms) {
  SKIP_UNLESS(reference::scipy());
  std::mt19937_64 random(3);
  reference::Reference reference;
  for (const std::size_t n : {2, 5, 10, 16}) {
    Points a;
    Points b;
    for (std::size_t i = 0; i < n; ++i) {
      a.push_back(std::exp(std::normal_distribution<double>(2, .2)(random)));
      b.push_back(std::exp(std::normal_distribution<double>(1.5, .4)(random)));
    }
    a = whole(a);
    b = whole(b);
    const Comparison paired = find(compare_arms(recording_of(a, b)).at(0), "futex/msg");
    reference.expect("paired-ratio", a, b,
                     {*paired.ratio, paired.ratio_ci95->low, paired.ratio_ci95->high, *paired.p,
                      *paired.permutation_p});
    b.push_back(b.front() * 1.5);
    b = whole(b);
    if (n > 5) continue;  // more arrangements than are tried one by one
    Recording first = recording_of(a, {});
    Recording second = recording_of(b, {});
    const Comparison apart = find(
        compare_recordings(first, second, {"a", "b"}, Pairing::kIndependent).at(0), "futex/msg");
    reference.expect("independent-ratio", a, b,
                     {*apart.ratio, apart.ratio_ci95->low, apart.ratio_ci95->high, *apart.p,
                      *apart.permutation_p});
  }
  reference.compare();
}

TEST(Compare, TheFirstArmAskedForIsTheBase) {
  const ArmComparison arms = compare_arms(recording_of({8, 8.1, 7.9}, {1, 1.1, 0.9})).at(0);
  EXPECT_EQ(arms.names, (std::array<std::string, 2>{"free", "pinned"}));
  EXPECT_EQ(find(arms, "futex/msg").verdict, Verdict::kChanged);
  EXPECT_LT(*find(arms, "futex/msg").ratio, 0.2);
  EXPECT_EQ(arms.quantities.front().metric, "futex/msg") << "most changed first";
}

TEST(Compare, HolmMultipliesTheLeastPByTheNumberOfTests) {
  const ArmComparison arms =
      compare_arms(recording_of({8, 8.1, 7.9, 8.3}, {1, 1.1, 0.9, 1.3})).at(0);
  std::vector<const Comparison*> tested;
  for (const Comparison& one : arms.quantities)
    if (one.p) tested.push_back(&one);
  ASSERT_EQ(tested.size(), arms.tested);
  const auto least = std::min_element(tested.begin(), tested.end(),
                                      [](const auto* a, const auto* b) { return *a->p < *b->p; });
  EXPECT_DOUBLE_EQ(*(*least)->corrected_p,
                   std::min(1.0, *(*least)->p * static_cast<double>(arms.tested)));
}

// 7 calls in a million a repeat more: certain by the t test, and less than 200 connections leave
// open.
TEST(Compare, WhatTheEndsOfTheWindowsLeaveOpenIsNoChange) {
  Recording recording = recording_of({8, 8, 8, 8}, {8, 8, 8, 8});
  for (analysis::Run& run : recording.runs)
    if (run.arm == "pinned") run.syscalls->front().calls += 90;
  const Comparison one = find(compare_arms(recording).at(0), "recvfrom/msg");
  EXPECT_LT(*one.corrected_p, 1e-6);
  EXPECT_EQ(one.verdict, Verdict::kUnchanged);
  EXPECT_NE(one.note.find("ends of the windows"), std::string::npos);
  for (analysis::Run& run : recording.runs)
    if (run.arm == "pinned") run.syscalls->front().calls += 900;
  EXPECT_EQ(find(compare_arms(recording).at(0), "recvfrom/msg").verdict, Verdict::kChanged);
}

// A few hundred calls, of which 20,000 may lie across the ends: open by many times itself, and
// nothing beside the other arm's millions, whichever of the two is the base.
TEST(Compare, AnArmOfWhichTheEndsLeaveMoreOpenThanItHasIsStillLessThanTheOther) {
  const Points many = {0.9, 1.1, 0.95, 1.2};
  const Points few = {.0008, .0004, .0012, .0008};
  const auto compared = [](const Points& first, const Points& second) {
    Recording recording = recording_of(first, second);
    for (analysis::Run& run : recording.runs) run.loss->in_flight_close = 20000;
    return find(compare_arms(recording).at(0), "futex/msg");
  };
  EXPECT_EQ(compared(many, few).verdict, Verdict::kChanged);
  EXPECT_EQ(compared(few, many).verdict, Verdict::kChanged);
  const Comparison neither = compared({.0011, .0012, .0013, .0015}, few);
  EXPECT_EQ(neither.verdict, Verdict::kUnchanged);
  EXPECT_NE(neither.note.find("ends of the windows"), std::string::npos);
}

TEST(Compare, ZerosAreComparedByTheirDifference) {
  SKIP_UNLESS(reference::scipy());
  const Points a = {0.5, 0.6, 0.4, 0.55};
  const Points b = {0, 0.001, 0, 0};
  const Comparison one = find(compare_arms(recording_of(a, b)).at(0), "futex/msg");
  EXPECT_FALSE(one.ratio_ci95.has_value());
  ASSERT_TRUE(one.difference_ci95.has_value());
  EXPECT_NEAR(*one.ratio, 0.00025 / 0.5125, 1e-12);
  EXPECT_EQ(one.verdict, Verdict::kChanged);
  reference::Reference reference;
  reference.expect("paired", a, b,
                   {-0.51225, one.difference_ci95->low, one.difference_ci95->high, *one.p});
  reference.compare();
}

TEST(Compare, ZeroInTheFirstHasNoRatioAndZeroInBothNoTest) {
  const Comparison from =
      find(compare_arms(recording_of({0, 0, 0}, {1, 1, 1.1})).at(0), "futex/msg");
  EXPECT_FALSE(from.ratio.has_value());
  EXPECT_EQ(from.verdict, Verdict::kChanged);
  const Comparison both = find(compare_arms(recording_of({0, 0, 0}, {0, 0, 0})).at(0), "futex/msg");
  EXPECT_EQ(both.verdict, Verdict::kUntested);
  EXPECT_FALSE(both.p.has_value());
  EXPECT_EQ(both.note, "0 in every run of both");
}

TEST(Compare, RareCallsAreNotTested) {
  const Comparison one = find(
      compare_arms(recording_of({.0001, .0002, .0001}, {.0003, .0002, .0004})).at(0), "futex/msg");
  EXPECT_EQ(one.verdict, Verdict::kUntested);
  EXPECT_EQ(one.note, "too rare");
}

TEST(Compare, OneRunOfEachIsNotTested) {
  const ArmComparison arms = compare_arms(recording_of({8}, {1})).at(0);
  EXPECT_EQ(arms.tested, 0U);
  EXPECT_NEAR(*find(arms, "futex/msg").ratio, 1.0 / 8, 1e-12);
  EXPECT_NE(flat_text(recording_of({8}, {1})).find("says nothing about chance"), std::string::npos);
}

TEST(Compare, ABlockThatLostARunIsShownAndLeftOutOfThePairs) {
  const Comparison one =
      find(compare_arms(recording_of({8, 8.1, 7.9, 99}, {1, 1.1, 0.9})).at(0), "futex/msg");
  EXPECT_EQ(one.arms[0].values.size(), 4U);
  EXPECT_EQ(one.tested[0], (Points{8, 8.1, 7.9}));
}

TEST(Compare, EqualToWithinTheMarginIsUnchangedAndWideIsUndecided) {
  const Points a = {8, 8.01, 7.99, 8.02, 8.0};
  const Points b = {8.01, 8, 8.01, 8.0, 8.02};
  EXPECT_EQ(find(compare_arms(recording_of(a, b)).at(0), "futex/msg").verdict, Verdict::kUnchanged);
  const Comparison wide =
      find(compare_arms(recording_of({8, 4, 9, 3}, {5, 8, 3, 9})).at(0), "futex/msg");
  EXPECT_EQ(wide.verdict, Verdict::kUndecided);
  EXPECT_TRUE(wide.more_runs.has_value());
}

// So many more pairs of the same mean and spread, and the question is decided; one less, and it is
// not.
TEST(Compare, MoreRunsAreAsManyAsItTakes) {
  const Points a = {8, 8, 8, 8};
  const Points b = {8.2, 9.4, 7.5, 9.3};
  const Comparison one = find(compare_arms(recording_of(a, b)).at(0), "futex/msg");
  ASSERT_EQ(one.verdict, Verdict::kUndecided);
  ASSERT_TRUE(one.more_runs.has_value());
  const std::size_t whole_sets = (4 + *one.more_runs + 3) / 4;
  const auto verdict_of = [&](std::size_t sets) {
    Points more_a;
    Points more_b;
    for (std::size_t i = 0; i < sets; ++i) {
      more_a.insert(more_a.end(), a.begin(), a.end());
      more_b.insert(more_b.end(), b.begin(), b.end());
    }
    return find(compare_arms(recording_of(more_a, more_b)).at(0), "futex/msg").verdict;
  };
  // Repeating a sample shrinks its deviation by sqrt((n - 1) / n) each time.
  EXPECT_EQ(verdict_of(whole_sets + 1), Verdict::kChanged);
  EXPECT_EQ(verdict_of(whole_sets / 2), Verdict::kUndecided);
}

TEST(Compare, TwoModesAreSaid) {
  const Recording recording =
      recording_of({1, 1.01, 0.99, 1, 1.02, 1}, {0.1, 2.01, 0.1, 2.02, 0.11, 2});
  const Comparison one = find(compare_arms(recording).at(0), "futex/msg");
  EXPECT_FALSE(one.arms[0].modes.has_value());
  EXPECT_TRUE(one.arms[1].modes.has_value());
  const std::string text = flat_text(recording);
  EXPECT_NE(text.find("two modes in pinned: 3 runs about 0.103, 3 about 2.01"), std::string::npos)
      << text;
  EXPECT_NE(text.find("Beware"), std::string::npos);
}

// CPU time stays what it was, and moves from the program to the kernel.
TEST(Compare, APartThatChangedIsSaidWhereItsWholeDidNot) {
  const Points noise = {1, 1.01, 0.99, 1, 1.02, 1};
  Recording recording = recording_of(noise, noise);
  for (analysis::Run& run : recording.runs) {
    const bool is_free = run.arm == "free";
    run.cpu = CpuTime{.user_s = is_free ? 2.0 : 1.0, .system_s = is_free ? 1.0 : 2.0};
  }
  const std::string text = flat_text(recording);
  EXPECT_NE(
      text.find("Changed: user-cpu/msg falls 2.00-fold, from 2.00 us to 1.00 us; system-cpu/msg"
                " rises 2.00-fold, from 1.00 us to 2.00 us. Did not change: "),
      std::string::npos)
      << text;
  EXPECT_EQ(text.find("Nothing changed"), std::string::npos) << text;
}

TEST(Compare, AnOutlierIsMarkedAndCounts) {
  const Points a = {1, 1.01, 0.99, 1.02, 0.98, 9};
  const Comparison one = find(compare_arms(recording_of(a, {2, 2, 2, 2, 2, 2})).at(0), "futex/msg");
  EXPECT_EQ(one.arms[0].outliers, std::vector<std::size_t>{5});
  EXPECT_EQ(one.tested[0].size(), 6U);
  EXPECT_NEAR(one.arms[0].summary->mean, 14.0 / 6, 1e-9);
  EXPECT_NE(render_text(recording_of(a, {2, 2, 2, 2, 2, 2})).find(" 9.000*"), std::string::npos);
}

TEST(Compare, ADriftWithinTheRunsIsSaid) {
  Recording recording = recording_of({8, 8.1, 7.9}, {1, 1.1, 0.9});
  for (analysis::Run& run : recording.runs)
    run.window.slices_per_s =
        run.arm == "free" ? Points{100, 101, 99, 100, 100, 101} : Points{120, 112, 104, 96, 88, 80};
  const ArmComparison arms = compare_arms(recording).at(0);
  EXPECT_FALSE(arms.steadiness[0]->is_unsteady());
  // From 120 to 80, of a mean of 100.
  EXPECT_NEAR(arms.steadiness[1]->drift, -0.4, 1e-9);
  EXPECT_TRUE(arms.steadiness[1]->is_unsteady());
  EXPECT_NE(flat_text(recording).find("pinned was in no steady state"), std::string::npos);
}

TEST(Compare, ArmsThatAreEachAnotherModelAreCompared) {
  Recording recording = recording_of({8, 8.1, 7.9}, {1, 1.1, 0.9});
  for (analysis::Run& run : recording.runs)
    if (run.arm == "pinned") run.label = "cpp_epoll";
  const std::vector<ArmComparison> all = compare_arms(recording);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].label, "thread | cpp_epoll");
  EXPECT_EQ(find(all[0], "futex/msg").verdict, Verdict::kChanged);
}

TEST(Compare, ModelsWithoutArmsAreNot) {
  Recording recording = recording_of({8, 8.1, 7.9}, {1, 1.1, 0.9});
  for (analysis::Run& run : recording.runs) {
    if (run.arm == "pinned") run.label = "cpp_epoll";
    run.arm.clear();
  }
  EXPECT_TRUE(compare_arms(recording).empty());
}

TEST(Compare, RecordingsWithNothingInCommonAreRefused) {
  const Recording first = recording_of({8}, {1});
  Recording second = first;
  for (analysis::Run& run : second.runs) run.label = "other";
  EXPECT_THROW(compare_recordings(first, second, {"a", "b"}, Pairing::kIndependent), Error);
  second = first;
  for (analysis::Run& run : second.runs) run.unit.reset();
  EXPECT_THROW(compare_recordings(first, second, {"a", "b"}, Pairing::kIndependent), Error);
}

TEST(Compare, WithoutUnitsRatesPerSecondAre) {
  Recording recording = recording_of({8, 8.1, 7.9}, {1, 1.1, 0.9});
  for (analysis::Run& run : recording.runs) run.unit.reset();
  // 8 million calls in 10 s.
  EXPECT_NEAR(find(compare_arms(recording).at(0), "futex/s").arms[0].values[0], 8e5, 1e-6);
}

TEST(Exceedance, IsOneSidedAgainstTheChangeAsked) {
  const Comparison one =
      find(compare_arms(recording_of({1, 1.02, 0.98, 1.01}, {1.2, 1.21, 1.19, 1.22})).at(0),
           "futex/msg");
  EXPECT_LT(*exceedance_p(one, Pairing::kBlocks, 0.10, true), 0.01);
  EXPECT_GT(*exceedance_p(one, Pairing::kBlocks, 0.30, true), 0.99);
  EXPECT_GT(*exceedance_p(one, Pairing::kBlocks, 0.20, true), 0.1);
  EXPECT_LT(*exceedance_p(one, Pairing::kBlocks, 0.30, false), 0.01);
  // Twice the one-sided p of no change is the p of the comparison.
  EXPECT_NEAR(2 * *exceedance_p(one, Pairing::kBlocks, 0, true), *one.p, 1e-12);
}

}  // namespace
