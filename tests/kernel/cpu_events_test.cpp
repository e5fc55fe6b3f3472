// Perf events that are read at each switch of threads, against /proc, against the same events
// opened on each thread, and against themselves in laps.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "tests/kernel/actor.hpp"
#include "tests/kernel/cgroup.hpp"
#include "tests/kernel/measured_actor.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::faults_of;
using kernel_test::MeasuredActor;
using kernel_test::work_getppid;
using msgstat::Collector;
using msgstat::CounterState;
using msgstat::EventCount;
using msgstat::EventsPerCpu;
using msgstat::Window;

Collector attach(const Actor& actor, EventsPerCpu per_cpu, std::vector<std::string> events) {
  return Collector::process(actor.pid(), {.events = std::move(events), .events_per_cpu = per_cpu});
}

double value(const Window& window, const std::string& name) {
  for (const EventCount& event : window.events)
    if (event.name == name) {
      EXPECT_TRUE(event.value.has_value()) << name << ": " << event.reason;
      return event.value.value_or(NAN);
    }
  return NAN;
}

bool is_exact(const Window& window) {
  return std::ranges::all_of(
      window.events, [](const EventCount& event) { return event.state == CounterState::kCounted; });
}

struct CpuEvents : testing::Test {
  void SetUp() override {
    SKIP_UNLESS(support::bpf());
    SKIP_UNLESS(support::perf_events());
  }
  Actor actor;
};

// A stint whose beginning the kernel did not show makes estimates of the counts, which say so: then
// it is done again. `measure_and_check` says whether they were exact.
void repeat_until_exact(const std::function<bool()>& measure_and_check) {
  constexpr int kMostTimes = 20;
  for (int time = 0; time < kMostTimes; ++time)
    if (measure_and_check() || testing::Test::HasFailure()) return;
  FAIL() << "never exact in " << kMostTimes << " times";
}

// Threads that live and that are born, children, page faults, sleeps, and work of all at once.
struct Work {
  std::string command;
  double deaths = 0;
};
std::vector<Work> all_work() {
  return {{work_getppid(30011)},
          {"nap 211"},
          {"touch 5003"},
          {"spin 50"},
          {"threads-touch 7 53", 7},
          {"children-touch 7 53", 7}};
}

// All threads sleep as the windows open and close, so both ways see the same faults, switches and
// migrations. The clocks begin and end a stint on the two sides of the same switch, a microsecond
// apart, more when an interrupt or the host comes between: 50 us a switch allow for that. The
// kernel takes its events from a dying thread before it has let go of its memory: 1 ms and two
// switches allow for what comes after.
TEST_F(CpuEvents, AgreeWithThoseOpenedOnEachThread) {
  const std::vector<std::string> events{"task-clock", "context-switches", "cpu-migrations",
                                        "page-faults"};
  actor.obey("crew 5");
  actor.wait_until_crew_sleeps();
  Collector on_threads = attach(actor, EventsPerCpu::kNever, events);
  Collector on_cpus = attach(actor, EventsPerCpu::kAlways, events);
  for (const Work& work : all_work()) {
    SCOPED_TRACE(work.command);
    repeat_until_exact([&] {
      on_threads.open();
      on_cpus.open();
      actor.obey(work.command);
      actor.wait_until_crew_sleeps();
      const Window of_cpus = on_cpus.close();
      const Window of_threads = on_threads.close();
      const double switches = value(of_threads, "context-switches");
      EXPECT_GE(value(of_cpus, "context-switches"), switches);
      EXPECT_LE(value(of_cpus, "context-switches"), switches + 2 * work.deaths);
      EXPECT_NEAR(value(of_cpus, "task-clock"), value(of_threads, "task-clock"),
                  50e3 * switches + 1e6 * work.deaths + 0.02 * value(of_threads, "task-clock"));
      if (!is_exact(of_cpus)) return false;
      EXPECT_EQ(value(of_cpus, "page-faults"), value(of_threads, "page-faults"));
      EXPECT_EQ(value(of_cpus, "cpu-migrations"), value(of_threads, "cpu-migrations"));
      return true;
    });
  }
}

TEST_F(CpuEvents, PageFaultsAreThoseOfTheKernel) {
  Collector collector = attach(actor, EventsPerCpu::kAlways, {"page-faults"});
  for (const std::string command : {"touch 5003", "threads-touch 7 53", "children-touch 7 53"})
    repeat_until_exact([&] {
      const double before = faults_of(actor.pid());
      collector.open();
      actor.obey(command);
      const Window window = collector.close();
      if (!is_exact(window)) return false;
      EXPECT_EQ(value(window, "page-faults"), faults_of(actor.pid()) - before);
      return true;
    });
}

// A thread that is on a CPU all the time is cut there: what it did is in one lap or the next.
TEST_F(CpuEvents, OfAThreadThatRunsAreCutWithTheLaps) {
  Collector laps = attach(actor, EventsPerCpu::kAlways, {"task-clock", "page-faults"});
  Collector whole = attach(actor, EventsPerCpu::kAlways, {"task-clock", "page-faults"});
  repeat_until_exact([&] {
    constexpr int kLaps = 20;
    double faults = 0;
    double clock_ns = 0;
    int laps_at_work = 0;
    const auto add = [&](const Window& window) {
      clock_ns += window.events.at(0).value.value_or(0);
      faults += window.events.at(1).value.value_or(0);
      laps_at_work += window.events.at(0).value.value_or(0) > 0;
    };
    whole.open();
    laps.open();
    actor.tell("spin 300");
    for (int lap = 0; lap < kLaps; ++lap) {
      ::usleep(3'000);
      add(laps.lap());
    }
    actor.wait_for_answer();
    actor.obey("touch 5003");
    const Window last = laps.close();
    add(last);
    const Window total = whole.close();
    EXPECT_NEAR(clock_ns, value(total, "task-clock"), 0.05 * value(total, "task-clock"));
    EXPECT_GE(clock_ns, 0.3e9);
    // It switches far less often than it is cut.
    EXPECT_GT(laps_at_work, kLaps / 4);
    if (!is_exact(last) || !is_exact(total)) return false;
    EXPECT_EQ(faults, value(total, "page-faults"));
    EXPECT_GE(faults, 5003);
    return true;
  });
}

TEST_F(CpuEvents, AreOnlyThoseOfTheTarget) {
  Actor other;
  Collector collector = attach(actor, EventsPerCpu::kAlways, {"page-faults"});
  collector.open();
  other.tell("touch 5003");
  actor.obey("touch 11");
  other.wait_for_answer();
  const double faults = value(collector.close(), "page-faults");
  EXPECT_GE(faults, 11);
  EXPECT_LT(faults, 503);
}

TEST_F(CpuEvents, OfOneThreadAreNotThoseOfTheOthers) {
  actor.obey("crew 3");
  actor.wait_until_crew_sleeps();
  Collector collector = Collector::attach(
      {{}, {actor.threads().at(2)}, {}},
      {.events = {"page-faults", "context-switches"}, .events_per_cpu = EventsPerCpu::kAlways});
  collector.open();
  actor.obey("touch 5003");
  actor.obey(work_getppid(7));
  actor.wait_until_crew_sleeps();
  const Window window = collector.close();
  EXPECT_LT(value(window, "page-faults"), 503);
  EXPECT_GE(value(window, "context-switches"), 1);
}

TEST_F(CpuEvents, OfThreadsThatSleepAreNoneAndSaySo) {
  Collector collector = attach(actor, EventsPerCpu::kAlways, {"task-clock"});
  collector.open();
  const EventCount clock = collector.close().events.at(0);
  EXPECT_EQ(clock.state, CounterState::kNotCounted);
  EXPECT_EQ(clock.reason, "no thread of it ran");
}

TEST_F(CpuEvents, AreTakenForManyThreadsInProcess) {
  MeasuredActor measured({"page-faults", "context-switches", "cpu-migrations", "task-clock"});
  measured.actor().obey("crew 33");
  repeat_until_exact([&] {
    const double before = faults_of(measured.actor().pid());
    measured.agent().open({});
    measured.actor().obey("touch 5003");
    const Window window = measured.agent().close();
    if (!is_exact(window)) return false;
    // The agent's own faults are in the kernel's count and not in ours.
    EXPECT_GE(value(window, "page-faults"), 5003);
    EXPECT_LE(value(window, "page-faults"), faults_of(measured.actor().pid()) - before);
    return true;
  });
}

TEST_F(CpuEvents, OfACgroupAreThoseOfWhoIsInIt) {
  const kernel_test::Cgroup group("msgstat-events-");
  SKIP_UNLESS(group.requirement());
  Actor joins;
  Actor leaves;
  Collector collector = Collector::attach({{}, {}, group.path()}, {.events = {"page-faults"}});
  repeat_until_exact([&] {
    group.take(leaves.pid());
    collector.open();
    joins.obey("touch 5003");
    group.take(joins.pid());
    double expected = -faults_of(joins.pid()) - faults_of(leaves.pid());
    joins.obey("touch 1009");
    leaves.obey("touch 503");
    expected += faults_of(joins.pid()) + faults_of(leaves.pid());
    group.release(leaves.pid());
    leaves.obey("touch 7919");
    const Window window = collector.close();
    group.release(joins.pid());
    if (!is_exact(window)) return false;
    EXPECT_EQ(value(window, "page-faults"), expected);
    return true;
  });
}

TEST_F(CpuEvents, ThatAreTheKernelsAloneSayThatTheyAreNotCounted) {
  Collector collector = attach(actor, EventsPerCpu::kAlways, {"context-switches:u", "task-clock"});
  collector.open();
  actor.obey("nap 7");
  const Window window = collector.close();
  EXPECT_EQ(window.events.at(0).state, CounterState::kNotCounted);
  EXPECT_EQ(window.events.at(1).state, CounterState::kCounted);
}

}  // namespace
