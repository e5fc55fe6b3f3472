// Hardware counters against a loop of known length: two instructions each time, in user mode.
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/kernel/actor.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"
#include "tracer/perf/event.hpp"

namespace {

using kernel_test::Actor;
using msgstat::Collector;
using msgstat::CounterState;
using msgstat::EventCount;

constexpr double kTimes = 5'000'000;
constexpr double kInstructions = 2 * kTimes;
const std::string kLoop = "loop 5000000";

std::vector<EventCount> measure(const std::vector<std::string>& events,
                                const std::string& command = kLoop) {
  Actor actor;
  Collector collector = Collector::process(actor.pid(), {.events = events});
  collector.open();
  actor.obey(command);
  return collector.close().events;
}

void expect_counted(const EventCount& count, double value, double tolerance) {
  EXPECT_EQ(count.state, CounterState::kCounted) << count.name << ": " << count.reason;
  EXPECT_NEAR(count.value.value_or(0), value, tolerance * value) << count.name;
}

struct Hardware : testing::Test {
  void SetUp() override { SKIP_UNLESS(support::pmu()); }
};

TEST_F(Hardware, InstructionsAreThoseOfTheLoop) {
  expect_counted(measure({"instructions:u"}).at(0), kInstructions, 0.001);
}

// An emulator can give every instruction the same time.
TEST_F(Hardware, CyclesAreInstructionsTimesTheirFixedCost) {
  const char* cost = std::getenv("MSGSTAT_CYCLES_PER_INSTRUCTION");
  SKIP_UNLESS((support::Requirement{"fixed_cost", cost != nullptr, 0,
                                    "MSGSTAT_CYCLES_PER_INSTRUCTION, of an emulator"}));
  const auto counts = measure({"cycles:u", "instructions:u", "cycles", "instructions"});
  expect_counted(counts.at(0), std::atof(cost) * kInstructions, 0.001);
  expect_counted(counts.at(2), std::atof(cost) * counts.at(3).value.value(), 0.001);
}

TEST_F(Hardware, InstructionsOfUserAndKernelAddUp) {
  const auto counts = measure({"instructions:u", "instructions:k", "instructions"});
  expect_counted(counts.at(0), kInstructions, 0.001);
  const double kernel = counts.at(1).value.value();
  EXPECT_GT(kernel, 0);
  EXPECT_LT(kernel, 0.1 * kInstructions);
  expect_counted(counts.at(2), counts.at(0).value.value() + kernel, 0.0001);
}

// getppid in the kernel is neither nothing nor much, and is in :k only.
TEST_F(Hardware, KernelInstructionsAreThoseOfCalls) {
  constexpr double kCalls = 10007;
  const auto counts = measure({"instructions:u", "instructions:k"},
                              "calls " + std::to_string(SYS_getppid) + " 10007");
  EXPECT_GT(counts.at(1).value.value(), 20 * kCalls);
  EXPECT_LT(counts.at(0).value.value(), 40 * kCalls);
}

TEST_F(Hardware, MembersOfAGroupCountOverTheSameTime) {
  const auto counts = measure({"instructions:u", "cycles:u", "instructions:u"});
  EXPECT_EQ(counts.at(0).value, counts.at(2).value);
  EXPECT_EQ(counts.at(0).running, 1);
  EXPECT_EQ(counts.at(1).running, 1);
}

TEST_F(Hardware, MoreEventsThanCountersAreScaledAndSaidToBe) {
  const std::vector<std::string> events(12, "instructions:u");
  const auto counts = measure(events, "loop 100000000");
  EXPECT_TRUE(std::ranges::any_of(
      counts, [](const EventCount& count) { return count.state == CounterState::kScaled; }));
  for (const EventCount& count : counts) {
    ASSERT_TRUE(count.value) << count.name << ": " << count.reason;
    EXPECT_EQ(count.state == CounterState::kScaled, count.running < 1);
    EXPECT_GT(count.running, 0);
    EXPECT_NEAR(*count.value, 20 * kInstructions, 0.01 * 20 * kInstructions);
  }
}

TEST_F(Hardware, ThreadsBornInTheWindowAreCounted) {
  expect_counted(measure({"instructions:u"}, "threads-loop 5 1000000").at(0), kInstructions, 0.001);
}

TEST_F(Hardware, EventsThatThePmuLacksStandBesideThoseThatItHas) {
  const auto counts = measure({"branches", "instructions:u", "cache-misses", "page-faults"});
  expect_counted(counts.at(1), kInstructions, 0.001);
  EXPECT_EQ(counts.at(3).state, CounterState::kCounted);
  SKIP_UNLESS((support::Requirement{"sparse_pmu", !counts.at(0).value.has_value(), 0,
                                    "a PMU that counts no branches"}));
  for (const std::size_t missing : {0U, 2U}) {
    EXPECT_EQ(counts.at(missing).state, CounterState::kNotSupported) << counts.at(missing).name;
    EXPECT_EQ(counts.at(missing).value, std::nullopt);
    EXPECT_FALSE(counts.at(missing).reason.empty());
  }
}

TEST_F(Hardware, NamesOfItsOwnPmuResolve) {
  const auto known = msgstat::tracer::list_events();
  const auto is_its_own = [](const auto& event) {
    return event.name == "inst_retired" && event.source.starts_with("arm_");
  };
  const auto found = std::ranges::find_if(known, is_its_own);
  SKIP_UNLESS((support::Requirement{"inst_retired", found != known.end(), 0,
                                    "a PMU of arm that libpfm4 knows"}));
  expect_counted(measure({found->source + "::INST_RETIRED:u"}).at(0), kInstructions, 0.001);
}

}  // namespace
