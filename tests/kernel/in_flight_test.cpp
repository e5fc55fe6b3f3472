// Calls in flight as a window opens or closes: counted where they return, and reported.
#include <gtest/gtest.h>

#include "tests/kernel/actor.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::Calls;
using kernel_test::calls_of;
using kernel_test::errors_of;
using msgstat::Collector;
using msgstat::Window;

constexpr std::uint64_t kCrew = 5;

struct InFlight : testing::Test {
  void SetUp() override {
    SKIP_UNLESS(support::bpf());
    actor.obey("crew 5");
    actor.wait_until_crew_sleeps();
  }
  Actor actor;
};

TEST_F(InFlight, CallsThatStayAreNotCountedAndReportedAtBothEnds) {
  Collector collector = Collector::process(actor.pid(), {.events = {"task-clock"}});
  collector.open();
  const Window window = collector.close();
  EXPECT_EQ(calls_of(window), Calls{});
  EXPECT_EQ(window.loss->in_flight_open, kCrew + 1);
  EXPECT_EQ(window.loss->in_flight_close, kCrew + 1);
  EXPECT_EQ(window.threads, kCrew + 1);
}

TEST_F(InFlight, CallsThatReturnAreCountedAndNoLongerInFlight) {
  Collector collector = Collector::process(actor.pid(), {.events = {"task-clock"}});
  collector.open();
  actor.obey("dismiss");
  actor.wait_for_threads(1);
  const Window window = collector.close();
  EXPECT_EQ(calls_of(window).at("read"), kCrew + 1);
  EXPECT_EQ(window.loss->in_flight_open, kCrew + 1);
  EXPECT_EQ(window.loss->in_flight_close, 1U);
}

// A dead main thread that waits for the others is in no call any more.
TEST_F(InFlight, TheDeadAreNot) {
  actor.tell("leave");
  actor.wait_until_main_is_dead();
  Collector collector = Collector::process(actor.pid(), {.events = {"task-clock"}});
  collector.open();
  const Window window = collector.close();
  EXPECT_EQ(window.loss->in_flight_open, kCrew);
  EXPECT_EQ(window.threads, kCrew);
}

// A deadly signal makes a blocked call return to the kernel's exit path before the thread dies.
TEST_F(InFlight, CallsThatASignalKillsAreCounted) {
  Collector collector = Collector::process(actor.pid(), {.events = {"task-clock"}});
  collector.open();
  actor.child().send_signal(SIGKILL);
  actor.wait_until_ended();
  const Window window = collector.close();
  EXPECT_EQ(calls_of(window), (Calls{{"read", kCrew + 1}}));
  EXPECT_EQ(errors_of(window).at("read"), (Calls{{"ERESTARTSYS", kCrew + 1}}));
}

TEST_F(InFlight, CallsThatTheEndOfTheProcessKillsAreCounted) {
  Collector collector = Collector::process(actor.pid(), {.events = {"task-clock"}});
  collector.open();
  actor.child().close_input();
  EXPECT_EQ(actor.child().wait().status, support::exited(0));
  EXPECT_EQ(calls_of(collector.close()), (Calls{{"read", kCrew + 1}, {"exit_group", 1}}));
}

}  // namespace
