// What each thread did, against what the actor does and against the totals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/kernel/actor.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::Calls;
using kernel_test::calls_of;
using kernel_test::with_calls;
using kernel_test::work_getppid;
using msgstat::Collector;
using msgstat::CollectorOptions;
using msgstat::CounterState;
using msgstat::EventCount;
using msgstat::ThreadCounts;
using msgstat::Window;
using testing::IsSupersetOf;

const CollectorOptions kPerThread{.events = {"task-clock", "page-faults", "context-switches"},
                                  .per_thread = true};

Calls calls_of(const ThreadCounts& thread) {
  Calls calls;
  for (const auto& call : thread.syscalls) calls[call.name] = call.calls;
  return calls;
}

Calls sum_of_threads(const Window& window) {
  Calls sum;
  for (const ThreadCounts& thread : window.by_thread.value())
    sum = kernel_test::sum_of(std::move(sum), calls_of(thread));
  return sum;
}

// Those that made a call of that name.
std::vector<ThreadCounts> callers_of(const Window& window, const std::string& name) {
  std::vector<ThreadCounts> found;
  for (const ThreadCounts& thread : window.by_thread.value())
    if (calls_of(thread).contains(name)) found.push_back(thread);
  return found;
}

struct PerThread : testing::Test {
  void SetUp() override { SKIP_UNLESS(support::bpf()); }
  Actor actor;
};

TEST_F(PerThread, CallsOfTheLivingTheDeadAndTheirChildrenAddUpToTheTotal) {
  actor.obey("crew 3");
  actor.wait_until_crew_sleeps();
  const std::vector<pid_t> crew = actor.threads();
  Collector collector = Collector::process(actor.pid(), kPerThread);
  collector.open();
  actor.obey(work_getppid(1009));
  actor.obey("storm 100");
  actor.obey("clone 7");
  const Window window = collector.close();
  EXPECT_EQ(sum_of_threads(window), calls_of(window));
  EXPECT_EQ(window.loss->unplaced_calls, 0U);
  EXPECT_EQ(window.loss->unplaced_stints, 0U);

  std::set<std::pair<int, std::uint64_t>> threads;
  std::size_t of_the_storm = 0;
  std::size_t children = 0;
  for (const ThreadCounts& thread : *window.by_thread) {
    EXPECT_TRUE(threads.emplace(thread.tid, thread.started_ns).second) << thread.tid;
    EXPECT_EQ(thread.name, "actor");
    of_the_storm += calls_of(thread) == Calls{{"getppid", 5}, {"write", 1}, {"exit", 1}};
    children += calls_of(thread) == Calls{{"getppid", 7}, {"exit_group", 1}};
    if (thread.tid != actor.pid() && thread.pid == actor.pid() &&
        std::ranges::find(crew, thread.tid) != crew.end()) {
      EXPECT_THAT(calls_of(thread), IsSupersetOf(Calls{{"getppid", 1009}, {"write", 1}}));
    }
  }
  EXPECT_EQ(of_the_storm, 100U);
  EXPECT_EQ(children, 7U);
}

TEST_F(PerThread, OneThatEndedHasTheNameThatItGaveItself) {
  Collector collector = Collector::process(actor.pid(), kPerThread);
  collector.open();
  actor.obey(with_calls("named worker", {{SYS_getppid, 7919}, {SYS_close, 11}}));
  const Window window = collector.close();
  const auto callers = callers_of(window, "getppid");
  ASSERT_EQ(callers.size(), 1U);
  EXPECT_EQ(callers[0].name, "worker");
  EXPECT_EQ(callers[0].pid, actor.pid());
  EXPECT_EQ(calls_of(callers[0]),
            (Calls{{"prctl", 1}, {"getppid", 7919}, {"close", 11}, {"exit", 1}}));
  const auto errors = [&](const char* name) {
    return std::ranges::find(callers[0].syscalls, name, &msgstat::ThreadSyscall::name)->errors;
  };
  EXPECT_EQ(errors("close"), 11U);
  EXPECT_EQ(errors("getppid"), 0U);
}

TEST_F(PerThread, TheBusiestComesFirstWithItsEvents) {
  actor.obey("crew 2");
  Collector collector = Collector::process(actor.pid(), kPerThread);
  collector.open();
  actor.obey("spin 50");
  actor.obey("touch 5003");
  const Window window = collector.close();
  const std::vector<ThreadCounts>& threads = *window.by_thread;
  ASSERT_FALSE(threads.empty());
  EXPECT_EQ(threads.front().tid, actor.pid());
  EXPECT_GE(threads.front().cpu_ns.value(), 50'000'000U);
  double faults = 0;
  for (const ThreadCounts& thread : threads) {
    ASSERT_EQ(thread.events.size(), 3U);
    EXPECT_EQ(thread.events[0].value.value_or(0), static_cast<double>(thread.cpu_ns.value()));
    faults += thread.events[1].value.value_or(0);
  }
  const EventCount& total = window.events.at(1);
  if (total.state == CounterState::kCounted) {
    EXPECT_EQ(faults, total.value.value());
    EXPECT_GE(faults, 5003);
  }
}

TEST_F(PerThread, LapsOfEachThreadAddUp) {
  actor.obey("crew 2");
  actor.wait_until_crew_sleeps();
  Collector collector = Collector::process(actor.pid(), kPerThread);
  collector.open();
  actor.tell(work_getppid(300007));
  std::map<int, std::uint64_t> by_tid;
  int laps_with_work = 0;
  const auto add = [&](const Window& window) {
    EXPECT_EQ(sum_of_threads(window), calls_of(window));
    const auto callers = callers_of(window, "getppid");
    laps_with_work += !callers.empty();
    for (const ThreadCounts& thread : callers) by_tid[thread.tid] += calls_of(thread)["getppid"];
  };
  for (int lap = 0; lap < 10; ++lap) add(collector.lap());
  actor.wait_for_answer();
  add(collector.close());
  EXPECT_GT(laps_with_work, 1);
  ASSERT_EQ(by_tid.size(), 2U);
  for (const auto& [tid, calls] : by_tid) EXPECT_EQ(calls, 300'007U) << tid;
}

TEST_F(PerThread, TimesAreThoseOfTheThread) {
  CollectorOptions options = kPerThread;
  options.level = msgstat::Level::kLatency;
  Collector collector = Collector::process(actor.pid(), options);
  collector.open();
  actor.obey("nap 53");
  const Window window = collector.close();
  const auto callers = callers_of(window, "nanosleep");
  ASSERT_EQ(callers.size(), 1U);
  EXPECT_GE(callers[0].syscalls.front().time_ns.value(), 53 * 100'000U);
}

TEST_F(PerThread, IsNothingWhenItIsNotAskedFor) {
  Collector collector = Collector::process(actor.pid(), {.events = {"task-clock"}});
  collector.open();
  EXPECT_FALSE(collector.close().by_thread.has_value());
}

}  // namespace
