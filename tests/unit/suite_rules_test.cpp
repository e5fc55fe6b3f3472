// Suites: the rules at their edges, the order of a table, the deck's figures as its slides have
// them, and the text of a recording whose figures are known.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "analysis/recording.hpp"
#include "analysis/render/text.hpp"
#include "analysis/suite/order.hpp"
#include "analysis/suite/suite.hpp"

namespace {

using namespace msgstat;
using namespace msgstat::analysis;
using suite::Table;

using suite::judge;
using suite::Verdict;

Verdict point(const suite::Rule& rule, double theirs, double ours) {
  return judge(rule, theirs, ours, ours);
}

TEST(Rule, LooksAtAllOfTheInterval) {
  EXPECT_EQ(judge(suite::kFixed, 1, 0.96, 1.04), Verdict::kAgrees);
  EXPECT_EQ(judge(suite::kFixed, 1, 0.96, 1.06), Verdict::kOpen);
  EXPECT_EQ(judge(suite::kFixed, 1, 0.5, 1.5), Verdict::kOpen) << "a wide one is no agreement";
  EXPECT_EQ(judge(suite::kFixed, 1, 1.06, 1.5), Verdict::kDiffers);
  EXPECT_EQ(judge(suite::kFixed, 1, 0, 0.94), Verdict::kDiffers);
}

TEST(Rule, FixedTakesFivePercent) {
  EXPECT_EQ(point(suite::kFixed, 2, 2.099), Verdict::kAgrees);
  EXPECT_EQ(point(suite::kFixed, 2, 2.101), Verdict::kDiffers);
  EXPECT_EQ(point(suite::kFixed, 2, 1.901), Verdict::kAgrees);
  EXPECT_EQ(point(suite::kFixed, 2, 1.899), Verdict::kDiffers);
}

TEST(Rule, MagnitudeTakesAFactorOfThreeAndWhatIsAsGoodAsNone) {
  EXPECT_EQ(point(suite::kMagnitude, 80, 27), Verdict::kAgrees);
  EXPECT_EQ(point(suite::kMagnitude, 80, 26), Verdict::kDiffers);
  EXPECT_EQ(point(suite::kMagnitude, 80, 239), Verdict::kAgrees);
  EXPECT_EQ(point(suite::kMagnitude, 80, 241), Verdict::kDiffers);
  EXPECT_EQ(point(suite::kMagnitude, 5e-6, 0), Verdict::kAgrees);
  EXPECT_EQ(point(suite::kMagnitude, 5e-6, 0.002), Verdict::kDiffers);
  EXPECT_EQ(point(suite::kMagnitude, 0.26, 0), Verdict::kDiffers);
}

TEST(Rule, DirectionFactorAndShare) {
  EXPECT_EQ(judge(suite::kDirection, 53, 1.01, 2), Verdict::kAgrees);
  EXPECT_EQ(judge(suite::kDirection, 53, 0.99, 2), Verdict::kOpen);
  EXPECT_EQ(judge(suite::kDirection, 53, 0.5, 0.9), Verdict::kDiffers);
  EXPECT_EQ(judge(suite::kDirection, 0.5, 0.1, 0.99), Verdict::kAgrees);
  EXPECT_EQ(point(suite::kFactor, 0.9, 1.34), Verdict::kAgrees);
  EXPECT_EQ(point(suite::kFactor, 0.9, 1.36), Verdict::kDiffers);
  EXPECT_EQ(point(suite::kShare, 0.5, 0.41), Verdict::kAgrees);
  EXPECT_EQ(point(suite::kShare, 0.5, 0.39), Verdict::kDiffers);
}

Run bare_run(const std::string& model, const std::string& arm, std::uint64_t repeat, double rate) {
  Run run;
  run.label = model;
  run.arm = arm;
  run.repeat = repeat;
  run.window = {.seconds = 1, .measured = false};
  run.unit = Unit{.name = "message", .source = "load", .count = static_cast<std::uint64_t>(rate)};
  run.cpu = CpuTime{.user_s = 0.25, .system_s = 0.75};
  return run;
}

Recording of_rates(const std::map<std::string, std::vector<double>>& rates) {
  Recording recording;
  for (const auto& [model, of_repeats] : rates)
    for (std::size_t i = 0; i < of_repeats.size(); ++i)
      recording.runs.push_back(bare_run(model, "arm", i, of_repeats[i]));
  return recording;
}

const Table kTable = {
    "a table", "arm", {{"fast", 300, 1, 1}, {"near", 295, 1, 1}, {"slow", 100, 1, 1}}};

TEST(Order, OfPairsThatAreSetApart) {
  const Recording recording =
      of_rates({{"fast", {300, 310}}, {"near", {900, 910}}, {"slow", {100, 101}}});
  const suite::Order order = compare_order(kTable, group_runs(recording));
  EXPECT_EQ(order.same, 2U);  // fast and near are less than a tenth apart: no pair
  EXPECT_EQ(order.other, 0U);
  EXPECT_EQ(order.open, 0U);
  EXPECT_EQ(order.models[0].model, "fast");
  EXPECT_EQ(order.models[0].our_rank, 2U);
}

TEST(Order, TheOtherWayRoundOnlyWhenTheIntervalSaysSo) {
  const auto clear = of_rates({{"fast", {100, 101}}, {"near", {300, 310}}, {"slow", {200, 201}}});
  const suite::Order other = compare_order(kTable, group_runs(clear));
  EXPECT_EQ(other.other, 1U);
  EXPECT_EQ(other.models[0].other, std::vector<std::string>{"slow"});
  EXPECT_EQ(other.models[2].other, std::vector<std::string>{"fast"});

  const auto noisy = of_rates({{"fast", {100, 300}}, {"near", {300, 310}}, {"slow", {200, 201}}});
  const suite::Order open = compare_order(kTable, group_runs(noisy));
  EXPECT_EQ(open.other, 0U);
  EXPECT_EQ(open.open, 1U);

  const auto single = of_rates({{"fast", {195}}, {"near", {300}}, {"slow", {200}}});
  EXPECT_EQ(compare_order(kTable, group_runs(single)).open, 1U) << "less than a tenth";
}

// As shared by the deck, to the digits that it would print.
TEST(Slides, HaveTheDecksRatios) {
  const suite::Suite* slides = suite::find_suite("slides");
  ASSERT_NE(slides, nullptr);
  std::map<std::string, std::string> shown;
  for (const suite::Slide& slide : slides->slides)
    for (const auto& expected : slide.expectations) {
      char digits[32];
      std::snprintf(digits, sizeof digits, "%.4f", expected.theirs);
      shown[slide.title + ": " + expected.what] = digits;
    }
  const auto of = [&shown](const std::string& what) { return shown[what]; };
  EXPECT_EQ(of("perf stat -e 'syscalls:sys_enter_*', threads: futex per message"), "79.8585");
  EXPECT_EQ(of("the same, threads under taskset -c 6: futex per message"), "0.0801");
  EXPECT_EQ(of("the same, asyncio streams: epoll_wait per message"), "0.0108");
  EXPECT_EQ(of("the same, asyncio streams: mmap per message"), "1.0010");
  EXPECT_EQ(of("the same, cpp_epoll: epoll_wait per message"), "0.0051");
  EXPECT_EQ(of("perf stat, threads, per each other: instructions per cycle"), "0.5158");
  EXPECT_EQ(of("perf stat, threads under taskset, per each other: instructions per cycle"),
            "0.7877");
  EXPECT_EQ(of("threads, messages/s on one CPU over free: as traced by perf in the deck"),
            "52.9232");
  EXPECT_EQ(of("messages/s at 20,000 connections over those at 20: asyncio"), "0.6290");
}

TEST(Slides, EveryFigureIsOfACaseThatIsRun) {
  const suite::Suite& slides = *suite::find_suite("slides");
  Recording recording;
  for (const suite::Case& one : slides.cases)
    for (const std::string& model : one.models)
      recording.runs.push_back(bare_run(model, one.arm, 0, 1000));
  const auto groups = group_runs(recording);
  for (const suite::Slide& slide : slides.slides)
    for (const auto& expected : slide.expectations)
      EXPECT_NE(expected.measure(groups).missing, "not run") << slide.title << expected.what;
  for (const Table& table : slides.tables)
    for (const auto& row : table.rows)
      EXPECT_NE(suite::find_group(groups, row.model, table.arm), nullptr) << row.model;
}

TEST(Slides, AreRenderedWithVerdictsAndReasons) {
  Recording recording;
  recording.suite = "slides";
  for (const std::uint64_t repeat : {0U, 1U}) {
    analysis::Run run = bare_run("thread", "200", repeat, 1000);
    recording.runs.push_back(run);
    run.window.measured = true;
    run.syscalls = {{.name = "futex", .calls = 1500}, {.name = "recvfrom", .calls = 1000}};
    run.counters = {
        {.name = "cycles", .state = CounterState::kNotSupported, .reason = "no PMU"},
        {.name = "instructions", .state = CounterState::kNotSupported, .reason = "no PMU"}};
    recording.runs.push_back(run);
  }
  const std::string text = render_text(recording);
  const auto line_of = [&text](const std::string& start) {
    const std::size_t at = text.find("\n " + start);
    return at == std::string::npos ? std::string()
                                   : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  };
  EXPECT_NE(line_of("futex per message").find("79.86"), std::string::npos) << text;
  EXPECT_NE(line_of("futex per message").find("1.500"), std::string::npos);
  EXPECT_NE(line_of("futex per message").find("differs (magnitude)"), std::string::npos);
  EXPECT_NE(line_of("recvfrom per message").find("agrees (fixed)"), std::string::npos);
  EXPECT_NE(line_of("instructions per cycle").find("not_supported: no PMU"), std::string::npos);
  EXPECT_NE(text.find("within a factor of 3 either way"), std::string::npos);
}

}  // namespace
