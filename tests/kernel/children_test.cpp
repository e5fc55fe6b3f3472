// Children of the target, by every call that makes them, and what they execute.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "tests/kernel/actor.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::Calls;
using kernel_test::calls_of;
using kernel_test::test_program;
using kernel_test::with_command;
using msgstat::Collector;

constexpr std::uint64_t kChildren = 97;

Calls measure(const std::string& command, bool inherit = true) {
  Actor actor;
  Collector collector =
      Collector::process(actor.pid(), {.events = {"task-clock"}, .inherit = inherit});
  collector.open();
  actor.obey(command);
  return calls_of(collector.close());
}

Calls family(const std::string& maker, std::uint64_t children) {
  return with_command({{maker, children},
                       {"wait4", children},
                       {"getppid", 7 * children},
                       {"exit_group", children}});
}

TEST(Children, OfCloneAreCounted) {
  SKIP_UNLESS(support::bpf());
  EXPECT_EQ(measure("clone 97"), family("clone", kChildren));
}

TEST(Children, OfClone3AreCounted) {
  SKIP_UNLESS(support::bpf());
  EXPECT_EQ(measure("clone3 97"), family("clone3", kChildren));
}

TEST(Children, OfVforkAreCounted) {
  SKIP_UNLESS(support::bpf());
#ifdef SYS_vfork
  const char* maker = "vfork";
#else  // newer architectures: the C library makes it of clone
  const char* maker = "clone";
#endif
  EXPECT_EQ(measure("vfork 97"), family(maker, kChildren));
}

TEST(Children, OfChildrenAreCounted) {
  SKIP_UNLESS(support::bpf());
  EXPECT_EQ(measure("generations 23"), family("clone", 23));
}

TEST(Children, WithoutInheritAreNotCounted) {
  SKIP_UNLESS(support::bpf());
  EXPECT_EQ(measure("clone 97", false), with_command({{"clone", kChildren}, {"wait4", kChildren}}));
}

TEST(Children, MadeBeforeTheWindowAreCounted) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  actor.obey("bear");
  actor.wait_for_child();
  Collector collector = Collector::process(actor.pid(), {.events = {"task-clock"}});
  collector.open();
  actor.obey("reap");
  EXPECT_EQ(calls_of(collector.close()), with_command({{"write", 1},
                                                       {"wait4", 1},
                                                       {"close", 2},
                                                       {"read", 1},
                                                       {"getppid", 7},
                                                       {"exit_group", 1}}));
}

TEST(Children, ThatExecuteAreCounted) {
  SKIP_UNLESS(support::bpf());
  EXPECT_EQ(measure("execute " + test_program("tiny") + " 11"),
            with_command(
                {{"clone", 11}, {"execve", 11}, {"wait4", 11}, {"getppid", 7 * 11}, {"exit", 11}}));
}

#if defined(__x86_64__)
TEST(Children, ThatExecute32BitProgramsAreCountedApart) {
  SKIP_UNLESS(support::bpf());
  SKIP_UNLESS(kernel_test::compat32());
  EXPECT_EQ(measure("execute " + test_program("tiny32") + " 11"),
            with_command({{"clone", 11},
                          {"compat32:execve", 11},
                          {"wait4", 11},
                          {"compat32:getppid", 7 * 11},
                          {"compat32:exit", 11}}));
}
#endif

TEST(Target, ThatExecutesIsStillTheTarget) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  Collector collector = Collector::process(actor.pid(), {.events = {"task-clock"}});
  collector.open();
  actor.tell("become " + test_program("tiny"));
  actor.child().wait();
  EXPECT_EQ(calls_of(collector.close()),
            (Calls{{"read", 1}, {"execve", 1}, {"getppid", 7}, {"exit", 1}}));
}

}  // namespace
