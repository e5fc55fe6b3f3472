// Exactness from outside: a window on another process holds the calls that it made, not one more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <string>

#include "tests/kernel/actor.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::Calls;
using kernel_test::calls_of;
using kernel_test::errors_of;
using kernel_test::with_command;
using msgstat::Collector;
using msgstat::Window;

const int kRepetitions = kernel_test::repetitions(100);

// No perf event: only the counts of calls are looked at, and 100 windows take less time.
const msgstat::CollectorOptions kCallsOnly{.events = {"task-clock"}};

std::string pair(long number, int count) {
  return " " + std::to_string(number) + " " + std::to_string(count);
}

Window measure(Actor& actor, const std::string& command) {
  Collector collector = Collector::process(actor.pid(), kCallsOnly);
  collector.open();
  actor.obey(command);
  return collector.close();
}

TEST(Counts, HoldThePrimesOfOneThread) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  const Window window = measure(actor, "calls" + pair(SYS_getppid, 7919) + pair(SYS_close, 1009) +
                                           pair(SYS_sched_yield, 2503));
  EXPECT_EQ(calls_of(window),
            with_command({{"getppid", 7919}, {"close", 1009}, {"sched_yield", 2503}}));
}

TEST(Counts, NameTheErrorsOfCallsThatFail) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  const Window window =
      measure(actor, "calls" + pair(SYS_close, 101) + pair(SYS_nanosleep, 103) +
                         pair(SYS_mprotect, 107) + pair(SYS_getppid, 109) + pair(SYS_read, 113));
  const std::map<std::string, Calls> expected = {{"close", {{"EBADF", 101}}},
                                                 {"nanosleep", {{"EFAULT", 103}}},
                                                 {"mprotect", {{"EINVAL", 107}}},
                                                 {"read", {{"EBADF", 113}}}};
  EXPECT_EQ(errors_of(window), expected);
}

// Threads that were there before, that come in the window and outlive it, that end in it.
TEST(Counts, HoldTheThreadsOfBeforeDuringAndAfter) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  Collector collector = Collector::process(actor.pid(), kCallsOnly);
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    actor.obey("crew 3");
    collector.open();
    actor.obey("crew 2");
    actor.obey("work" + pair(SYS_getppid, 211) + pair(SYS_close, 101) + pair(SYS_sched_yield, 53));
    const Window window = collector.close();
    actor.obey("work" + pair(SYS_getppid, 307));  // outside
    actor.obey("dismiss");
    actor.wait_for_threads(1);
    ASSERT_EQ(calls_of(window), (Calls{{"read", 2 + 5 + 5},
                                       {"write", 2 + 5 + 5},
                                       {"pipe2", 4},
                                       {"mmap", 2},
                                       {"clone", 2},
                                       {"getppid", 5 * 211},
                                       {"close", 5 * 101},
                                       {"sched_yield", 5 * 53}}))
        << "repetition " << repetition;
  }
}

TEST(Counts, HoldTheExitsOfThreads) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  Collector collector = Collector::process(actor.pid(), kCallsOnly);
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    actor.obey("crew 5");
    collector.open();
    actor.obey("dismiss");
    actor.wait_for_threads(1);
    ASSERT_EQ(calls_of(collector.close()),
              with_command({{"read", 5}, {"exit", 5}, {"close", 4 * 5}, {"munmap", 5}}))
        << "repetition " << repetition;
  }
}

TEST(Counts, HoldAStormOfThreads) {
  SKIP_UNLESS(support::bpf());
  const std::uint64_t threads = 50ULL * kernel_test::repetitions(200);
  Actor actor;
  Collector collector = Collector::process(actor.pid(), kCallsOnly);
  collector.open();
  actor.obey("storm " + std::to_string(threads));
  actor.wait_for_threads(1);
  EXPECT_EQ(calls_of(collector.close()), with_command({{"clone", threads},
                                                       {"getppid", 5 * threads},
                                                       {"read", threads},
                                                       {"write", threads},
                                                       {"exit", threads},
                                                       {"pipe2", 1},
                                                       {"close", 2}}));
}

}  // namespace
