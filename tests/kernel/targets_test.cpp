// Kinds of target: several processes, single threads, a cgroup; and those that race with attaching.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/kernel/actor.hpp"
#include "tests/kernel/cgroup.hpp"
#include "tests/kernel/racer.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"
#include "tracer/error.hpp"
#include "tracer/target/cgroup.hpp"
#include "tracer/target/process.hpp"

namespace {

namespace fs = std::filesystem;
using kernel_test::Actor;
using kernel_test::Calls;
using kernel_test::calls_getppid;
using kernel_test::calls_of;
using kernel_test::Cgroup;
using kernel_test::work_getppid;
using msgstat::Collector;
using msgstat::CollectorOptions;
using msgstat::TargetSpec;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const CollectorOptions kCallsOnly{.events = {"task-clock"}};

TargetSpec processes(std::vector<pid_t> pids) { return {std::move(pids), {}, {}}; }
TargetSpec threads(std::vector<pid_t> tids) { return {{}, std::move(tids), {}}; }
TargetSpec cgroup(const fs::path& path) { return {{}, {}, path}; }

std::string error_of(const TargetSpec& target) {
  try {
    Collector::attach(target);
  } catch (const msgstat::Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Targets, OfSeveralProcessesAreCountedTogether) {
  SKIP_UNLESS(support::bpf());
  Actor first;
  Actor second;
  Actor other;
  Collector collector = Collector::attach(processes({first.pid(), second.pid()}), kCallsOnly);
  collector.open();
  first.obey(calls_getppid(7919));
  second.obey(calls_getppid(1009));
  other.obey(calls_getppid(503));
  EXPECT_EQ(calls_of(collector.close()),
            (Calls{{"read", 2}, {"write", 2}, {"getppid", 7919 + 1009}}));
}

TEST(Targets, OfSeveralProcessesOutliveOneOfThem) {
  SKIP_UNLESS(support::bpf());
  Actor first;
  Actor second;
  Collector collector = Collector::attach(processes({first.pid(), second.pid()}), kCallsOnly);
  collector.open();
  first.child().close_input();
  first.child().wait();
  second.obey(calls_getppid(1009));
  const msgstat::Window window = collector.close();
  EXPECT_EQ(calls_of(window).at("getppid"), 1009U);
  EXPECT_THAT(window.blind_spots, Contains(HasSubstr("process " + std::to_string(first.pid()) +
                                                     " has ended inside the window")));
}

TEST(Targets, AreOnlyTheThreadsThatAreNamed) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  actor.obey("crew 3");
  actor.wait_until_crew_sleeps();
  const pid_t tid = actor.threads().at(2);
  Collector collector = Collector::attach(threads({tid}), kCallsOnly);
  collector.open();
  actor.obey(work_getppid(7919));
  const msgstat::Window window = collector.close();
  EXPECT_EQ(calls_of(window), (Calls{{"read", 1}, {"write", 1}, {"getppid", 7919}}));
  EXPECT_EQ(window.threads, 1U);
  EXPECT_GT(window.cpu.user_s + window.cpu.system_s, 0);
}

TEST(Targets, ThatAreThreadsAreFollowedByThoseTheyMake) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  actor.obey("crew 1");
  Collector collector = Collector::attach(threads({actor.pid()}), kCallsOnly);
  collector.open();
  actor.obey("storm 100");
  actor.obey(work_getppid(307));  // by the crew, which is not named
  actor.obey("clone 7");
  EXPECT_EQ(calls_of(collector.close()), (Calls{{"read", 3 + 1 + 100},
                                                {"write", 3 + 1 + 100},
                                                {"clone", 100 + 7},
                                                {"getppid", 500 + 49},
                                                {"exit", 100},
                                                {"exit_group", 7},
                                                {"wait4", 7},
                                                {"pipe2", 1},
                                                {"close", 2}}));
}

TEST(Targets, ThatAreThreadsAreAloneWithoutInherit) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  Collector collector = Collector::attach(
      threads({actor.pid()}), CollectorOptions{.events = {"task-clock"}, .inherit = false});
  collector.open();
  actor.obey("storm 100");
  actor.obey("clone 7");
  EXPECT_EQ(calls_of(collector.close()), (Calls{{"read", 2 + 100},
                                                {"write", 2},
                                                {"clone", 100 + 7},
                                                {"wait4", 7},
                                                {"pipe2", 1},
                                                {"close", 2}}));
}

TEST(Cgroups, HoldThoseWhoAreInJoinLeaveAndAreBornThere) {
  SKIP_UNLESS(support::bpf());
  const Cgroup group("msgstat-test-");
  SKIP_UNLESS(group.requirement());
  const Cgroup below("below-", group.path());
  Actor inside;
  Actor deeper;
  Actor joins;
  Actor leaves;
  Actor outside;
  group.take(inside.pid());
  below.take(deeper.pid());
  group.take(leaves.pid());
  Collector collector = Collector::attach(cgroup(group.path()), kCallsOnly);
  collector.open();
  inside.obey(calls_getppid(7919));
  deeper.obey("clone 7");
  joins.obey(calls_getppid(31));
  group.take(joins.pid());
  joins.obey("clone 11");
  leaves.obey(calls_getppid(101));
  Cgroup::release(leaves.pid());
  leaves.obey(calls_getppid(103));
  outside.obey(calls_getppid(107));
  const msgstat::Window window = collector.close();
  // `joins` sleeps in the read that began outside; `leaves` returns from one outside.
  Calls expected{{"getppid", 7919 + 7 * 7 + 11 * 7 + 101},
                 {"clone", 18},
                 {"wait4", 18},
                 {"exit_group", 18},
                 {"read", 4},
                 {"write", 4}};
  EXPECT_EQ(calls_of(window), expected);
  EXPECT_EQ(window.threads, 3U);
  for (const Actor* actor : {&inside, &deeper, &joins}) Cgroup::release(actor->pid());
}

TEST(Cgroups, AreFoundBelowWhereTheyAreMounted) {
  const Cgroup group("msgstat-test-");
  SKIP_UNLESS(group.requirement());
  EXPECT_EQ(msgstat::tracer::find_cgroup(group.path().filename()), group.path());
}

TEST(NoTarget, IsOneThatIsNotNamedRight) {
  EXPECT_THAT(error_of({}), StartsWith("no target is named"));
  EXPECT_THAT(error_of({{::getpid()}, {::gettid()}, {}}),
              StartsWith("processes, threads and a cgroup cannot be measured together"));
  EXPECT_THAT(error_of(threads({4194303})), StartsWith("there is no thread 4194303"));
  EXPECT_THAT(error_of(cgroup("/no/such/group")), StartsWith("there is no cgroup /no/such/group"));
  EXPECT_THAT(error_of(cgroup("/tmp")), StartsWith("/tmp is not a cgroup of version 2"));
}

TEST(NoTarget, IsAThreadOfTheKernel) {
  SKIP_UNLESS(kernel_test::kernel_thread());
  EXPECT_THAT(error_of(threads({2})), StartsWith("thread 2 is a kernel thread"));
}

// Nobody that was there when open() returned, or came after, is missed, however it raced with it.
TEST(Race, OfThreadsAndChildrenWithAttachingMissesNone) {
  SKIP_UNLESS(support::bpf());
  const int repetitions = kernel_test::repetitions(20);
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    kernel_test::Racer racer;
    Collector collector = Collector::process(racer.pid(), kCallsOnly);
    ::usleep(static_cast<useconds_t>(repetition) * 300);
    collector.open();
    racer.mark();
    ::usleep(20'000);
    const std::uint64_t made = racer.stop_and_count();
    const Calls calls = calls_of(collector.close());
    ASSERT_GT(made, 12U);
    ASSERT_EQ(calls.at("getsid"), made) << "repetition " << repetition;
  }
}

}  // namespace
