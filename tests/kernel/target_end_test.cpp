// Targets that are not there, cannot be measured, or end in the window.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/kernel/actor.hpp"
#include "tests/kernel/measured_actor.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"
#include "tracer/error.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::Calls;
using kernel_test::calls_getppid;
using kernel_test::calls_of;
using kernel_test::MeasuredActor;
using kernel_test::with_command;
using msgstat::Collector;
using msgstat::Error;
using msgstat::UsageError;
using msgstat::Window;
using ::testing::Contains;
using ::testing::HasSubstr;

template <typename Act>
std::string error_of(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(NoTarget, IsAProcessThatIsNotThere) {
  constexpr pid_t kNobody = 4 * 1024 * 1024 - 1;
  EXPECT_EQ(error_of([] { Collector::process(kNobody); }), "there is no process 4194303");
  EXPECT_EQ(error_of([] { Collector::process(0); }), "there is no process 0");
  EXPECT_EQ(error_of([] { Collector::process(-1); }), "there is no process -1");
}

TEST(NoTarget, IsAKernelThread) {
  SKIP_UNLESS(kernel_test::kernel_thread());
  EXPECT_THAT(error_of([] { Collector::process(2); }), HasSubstr("process 2 is a kernel thread"));
}

TEST(NoTarget, IsAZombie) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_THAT(error_of([pid] { Collector::process(pid); }), HasSubstr("is a zombie"));
  ::waitpid(pid, nullptr, 0);
}

TEST(NoTarget, IsAThreadThatLeadsNoProcess) {
  Actor actor;
  actor.obey("crew 1");
  const pid_t tid = actor.threads().back();
  EXPECT_THAT(error_of([tid] { Collector::process(tid); }), HasSubstr("is a thread"));
}

TEST(NoTarget, IsOneThatHasEndedBeforeTheWindow) {
  Actor actor;
  Collector collector = Collector::process(actor.pid());
  actor.child().close_input();
  actor.child().wait();
  EXPECT_THAT(error_of([&] { collector.open(); }), HasSubstr("there is no process"));
}

TEST(UnknownEvent, IsBadUsage) {
  EXPECT_THROW(Collector::self({.events = {"no-such-event"}}), UsageError);
}

TEST(TargetThatEnds, IsCountedUpToItsEnd) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  Collector collector = Collector::process(actor.pid());
  collector.open();
  actor.obey(calls_getppid(7919));
  actor.child().send_signal(SIGKILL);
  actor.child().wait();
  const Window window = collector.close();
  EXPECT_EQ(calls_of(window), with_command({{"getppid", 7919}, {"read", 1}}));
  EXPECT_EQ(window.threads, 0U);
  EXPECT_THAT(window.blind_spots, Contains(HasSubstr("has ended inside the window")));
  EXPECT_THROW(collector.open(), Error);
}

TEST(TargetThatEnds, TakesItsAgentWithItAndTheControllerIsTold) {
  SKIP_UNLESS(support::bpf());
  MeasuredActor measured;
  measured.agent().open({});
  measured.actor().child().send_signal(SIGKILL);
  EXPECT_EQ(error_of([&] { measured.agent().close(); }),
            "the measured process has ended, and its agent with it");
}

}  // namespace
