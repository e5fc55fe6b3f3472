// Perf events against what /proc says of the same process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/kernel/actor.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::faults_of;
using kernel_test::sum_of_stat;
using kernel_test::work_getppid;
using msgstat::Collector;
using msgstat::CollectorOptions;
using msgstat::CounterState;
using msgstat::EventCount;

EventCount measure(Actor& actor, const CollectorOptions& options,
                   const std::vector<std::string>& commands) {
  Collector collector = Collector::process(actor.pid(), options);
  collector.open();
  for (const std::string& command : commands) actor.obey(command);
  return collector.close().events.at(0);
}

EventCount measure(Actor& actor, const std::string& event, const std::string& command) {
  return measure(actor, CollectorOptions{.events = {event}}, {command});
}

double cpu_seconds(pid_t pid) {
  return sum_of_stat(pid, 14, 15) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double switches(const Actor& actor) {
  double sum = 0;
  for (const pid_t tid : actor.threads()) {
    std::ifstream file("/proc/" + std::to_string(tid) + "/status");
    for (std::string line; std::getline(file, line);)
      if (line.find("_ctxt_switches:") != std::string::npos)
        sum += std::stod(line.substr(line.find(':') + 1));
  }
  return sum;
}

int open_perf_events() {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    count += std::filesystem::read_symlink(entry.path(), gone) == "anon_inode:[perf_event]";
  }
  return count;
}

struct Events : testing::Test {
  void SetUp() override { SKIP_UNLESS(support::perf_events()); }
  Actor actor;
};

TEST_F(Events, TaskClockIsTheTimeOnCpu) {
  const double before_s = cpu_seconds(actor.pid());
  const EventCount clock = measure(actor, "task-clock", "spin 2000");
  const double used_ns = 1e9 * (cpu_seconds(actor.pid()) - before_s);
  EXPECT_EQ(clock.state, CounterState::kCounted);
  EXPECT_EQ(clock.unit, "ns");
  EXPECT_NEAR(clock.value.value(), used_ns, 0.02 * used_ns);
}

TEST_F(Events, ContextSwitchesAreThoseOfTheKernel) {
  actor.obey("crew 3");
  actor.wait_until_crew_sleeps();
  const double before = switches(actor);
  const EventCount count = measure(actor, CollectorOptions{.events = {"context-switches"}},
                                   {"nap 499", work_getppid(7)});
  EXPECT_EQ(count.value.value(), switches(actor) - before);
  EXPECT_GE(count.value.value(), 499);
}

TEST_F(Events, PageFaultsAreThoseOfTheKernel) {
  const double before = faults_of(actor.pid());
  const EventCount count = measure(actor, "page-faults", "touch 5003");
  EXPECT_EQ(count.value.value(), faults_of(actor.pid()) - before);
  EXPECT_GE(count.value.value(), 5003);
}

TEST_F(Events, OfThreadsBornInTheWindowAreCounted) {
  const double before = faults_of(actor.pid());
  const EventCount count = measure(actor, "page-faults", "threads-touch 7 499");
  EXPECT_EQ(count.value.value(), faults_of(actor.pid()) - before);
  EXPECT_GE(count.value.value(), 7 * 499);
}

TEST_F(Events, OfChildrenBornInTheWindowAreCounted) {
  const double before = faults_of(actor.pid());
  const EventCount count = measure(actor, "page-faults", "children-touch 7 499");
  EXPECT_EQ(count.value.value(), faults_of(actor.pid()) - before);
  EXPECT_GE(count.value.value(), 7 * 499);
}

TEST_F(Events, OfChildrenAreNotCountedWithoutInherit) {
  const EventCount count =
      measure(actor, CollectorOptions{.events = {"page-faults"}, .inherit = false},
              {"children-touch 7 499"});
  EXPECT_LT(count.value.value(), 7 * 499);
}

TEST_F(Events, OfHardwareThatIsNotThereSayWhyAndTakeNoDescriptor) {
  const auto pmu = support::pmu();
  SKIP_UNLESS((support::Requirement{"no_pmu", !pmu.met, 0, "this machine has a PMU"}));
  Collector collector = Collector::process(
      actor.pid(), {.events = {"cycles", "instructions", "branches", "branch-misses"}});
  collector.open();
  EXPECT_EQ(open_perf_events(), 0);
  const msgstat::Window window = collector.close();
  EXPECT_EQ(window.events.size(), 4U);
  for (const EventCount& event : window.events) {
    EXPECT_EQ(event.state, CounterState::kNotSupported);
    EXPECT_EQ(event.value, std::nullopt);
    EXPECT_EQ(event.reason, "no hardware counter for it on this machine");
  }
}

}  // namespace
