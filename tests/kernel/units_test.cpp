// Units of work: the kernel's count against the program that did them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "tests/kernel/actor.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tracer/collector.hpp"
#include "tracer/error.hpp"
#include "tracer/probe/target_filter.hpp"
#include "tracer/target/program_file.hpp"
#include "tracer/unit/kinds.hpp"
#include "tracer/unit/list_units.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::calls_getppid;
using msgstat::Collector;
using msgstat::NamedUnits;
using msgstat::Window;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string actor_file() { return kernel_test::test_program("actor"); }

NamedUnits measure(Actor& actor, const std::string& unit, const std::string& command) {
  Collector collector =
      Collector::process(actor.pid(), {.events = {"task-clock"}, .units = {unit}});
  collector.open();
  actor.obey(command);
  return collector.close().unit_counts.at(0);
}

std::optional<std::uint64_t> count(const std::string& unit, const std::string& command) {
  Actor actor;
  return measure(actor, unit, command).count;
}

TEST(Unit, OfASocketIsDataReceived) {
  SKIP_UNLESS(support::bpf());
  EXPECT_EQ(count("sock:recv", "receive 997"), 997U);
}

TEST(Unit, OfASocketIsDataSent) {
  SKIP_UNLESS(support::bpf());
  EXPECT_EQ(count("sock:send", "receive 997"), 997U);
}

// What kernels without the tracepoints get.
TEST(Unit, OfASocketIsTheSameByCalls) {
  SKIP_UNLESS(support::bpf());
  using namespace msgstat::tracer;
  for (auto* make : {make_received_by_calls, make_sent_by_calls}) {
    TargetFilter filter;
    Actor actor;
    const auto unit = make({.filter = filter, .pids = {actor.pid()}});
    filter.set_kind(false, 0);
    filter.add(actor.pid());
    unit->arm();
    actor.obey("receive 997");
    filter.switch_bank();
    EXPECT_EQ(unit->collect({}), 997U);
    EXPECT_THAT(unit->source(), HasSubstr("before kernel 6.3"));
  }
}

TEST(Unit, OfASystemCallIsItsReturn) {
  SKIP_UNLESS(support::bpf());
  EXPECT_EQ(count("syscall:getppid", calls_getppid(7919)), 7919U);
}

TEST(Unit, OfAFunctionIsItsCall) {
  SKIP_UNLESS(support::bpf());
  EXPECT_EQ(count("uprobe:" + actor_file() + ":unit_function", "function 503"), 503U);
}

TEST(Unit, OfAFunctionIsFoundByTheNameOfAMappedFile) {
  SKIP_UNLESS(support::bpf());
  EXPECT_EQ(count("uprobe:actor:unit_function", "function 503"), 503U);
}

TEST(Unit, OfAStaticProbeIsEachPassAtEachPlace) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  const NamedUnits units = measure(actor, "usdt:" + actor_file() + ":actor:unit", "probe 509");
  EXPECT_EQ(units.count, 509U);
  EXPECT_THAT(units.source, HasSubstr("2 places"));
}

TEST(Unit, OfATracepointIsItsPass) {
  SKIP_UNLESS(support::bpf());
  EXPECT_EQ(count("tracepoint:sched:sched_process_fork", "clone 97"), 97U);
}

TEST(Unit, OfATracepointWithoutTypeInformationIsItsPass) {
  SKIP_UNLESS(support::bpf());
  const char* events = "/sys/kernel/tracing/events/syscalls/sys_enter_getppid/id";
  SKIP_UNLESS((support::Requirement{"tracefs", ::access(events, R_OK) == 0, errno, events}));
  EXPECT_EQ(count("tracepoint:syscalls:sys_enter_getppid", calls_getppid(1009)), 1009U);
}

TEST(Unit, OfANumberIsThatNumber) {
  SKIP_UNLESS(support::bpf());
  EXPECT_EQ(count("count:12345", calls_getppid(7)), 12345U);
}

TEST(Units, OfChildrenAndThreadsAreCounted) {
  SKIP_UNLESS(support::bpf());
  EXPECT_EQ(count("syscall:exit", "storm 100"), 100U);
  EXPECT_EQ(count("tracepoint:sched:sched_process_exit", "clone 97"), 97U);
}

TEST(Units, OfOthersAreNotCounted) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  Actor other;
  Collector collector = Collector::process(
      actor.pid(), {.events = {"task-clock"},
                    .units = {"sock:recv", "uprobe:" + actor_file() + ":unit_function"}});
  collector.open();
  other.obey("receive 101");
  other.obey("function 103");
  const Window window = collector.close();
  EXPECT_EQ(window.unit_counts.at(0).count, 0U);
  EXPECT_EQ(window.unit_counts.at(1).count, 0U);
}

// Several at once, in laps: cut with the calls, so none is lost or counted twice.
TEST(Units, OfLapsAddUpAndAreCutWithTheCalls) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  Collector collector = Collector::process(
      actor.pid(),
      {.events = {"task-clock"},
       .units = {"sock:recv", "syscall:socketpair", "uprobe:" + actor_file() + ":unit_function"}});
  collector.open();
  actor.tell("receive 30011");
  std::uint64_t sums[3] = {};
  const auto add = [&sums](const Window& window) {
    for (std::size_t i = 0; i < 3; ++i) sums[i] += window.unit_counts.at(i).count.value();
  };
  for (int lap = 0; lap < 10; ++lap) add(collector.lap());
  actor.wait_for_answer();
  actor.obey("function 211");
  add(collector.close());
  EXPECT_EQ(sums[0], 30011U);
  EXPECT_EQ(sums[1], 1U);
  EXPECT_EQ(sums[2], 211U);
}

// BINARY is a path in the target's mount namespace, where ours has something else.
TEST(Units, OfAProgramAreFoundInItsMountNamespace) {
  SKIP_UNLESS(support::bpf());
  const support::TemporaryDirectory directory;
  const std::string inside = "/mnt/hidden-actor";
  const auto tried = support::run({"unshare", "--mount", "true"});
  SKIP_UNLESS((support::Requirement{"mount_namespaces", tried.status == support::exited(0), 0,
                                    "unshare --mount: " + tried.err}));
  Actor actor({}, {"unshare", "--mount", "sh", "-c",
                   "mount -t tmpfs none /mnt && cp " + actor_file() +
                       " /mnt/hidden-actor && exec env \"$0\" \"$@\""});
  Collector collector = Collector::process(
      actor.pid(), {.events = {"task-clock"}, .units = {"tracepoint:sched:sched_process_exec"}});
  EXPECT_THAT(msgstat::tracer::find_program_file(inside, {actor.pid()}),
              StartsWith("/proc/" + std::to_string(actor.pid()) + "/root/mnt"));
  EXPECT_NE(::access(inside.c_str(), F_OK), 0);
  // The actor becomes the copy that only its namespace has.
  collector.open();
  actor.tell("become " + inside);
  actor.wait_until_in(SYS_read);
  EXPECT_EQ(collector.close().unit_counts.at(0).count, 1U);
  EXPECT_EQ(measure(actor, "uprobe:" + inside + ":unit_function", "function 307").count, 307U);
  EXPECT_EQ(measure(actor, "usdt:" + inside + ":actor:unit", "probe 311").count, 311U);
}

TEST(Units, OfAProcessThatHasEndedAreRefusedForThat) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  try {
    msgstat::tracer::find_program_file("libc.so.6", {child});
    ADD_FAILURE() << "found something";
  } catch (const msgstat::Error& error) {
    EXPECT_EQ(error.sentence(), "process " + std::to_string(child) + " has ended");
  }
  ::waitpid(child, nullptr, 0);
}

TEST(UnitList, HoldsTheKindsAndTheStaticProbesOfAProcess) {
  Actor actor;
  const auto units = msgstat::list_units(actor.pid());
  using msgstat::UnitDescription;
  EXPECT_THAT(
      units, Contains(Field(&UnitDescription::expression, "usdt:" + actor_file() + ":actor:unit")));
  EXPECT_THAT(units, Contains(AllOf(Field(&UnitDescription::expression, "sock:recv"),
                                    Field(&UnitDescription::source, HasSubstr("sock")))));
  EXPECT_THROW(msgstat::list_units(4194303), msgstat::Error);
}

class BadUnit : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(BadUnit, IsBadUsageThatSaysWhy) {
  SKIP_UNLESS(support::bpf());
  const auto& [unit, sentence] = GetParam();
  try {
    Collector::self({.units = {unit}});
    FAIL() << unit << " was taken";
  } catch (const msgstat::UsageError& error) {
    EXPECT_EQ(error.sentence(), sentence);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Units, BadUnit,
    testing::Values(std::pair{"bytes", "'bytes' is no unit"},
                    std::pair{"sock:peek", "'sock:peek' is no unit"},
                    std::pair{"syscall:", "'syscall:' is no unit"},
                    std::pair{"syscall:frobnicate", "there is no system call 'frobnicate'"},
                    std::pair{"count:0", "'count:0': a number of units is 1 or more"},
                    std::pair{"count:7x", "'count:7x': a number of units is 1 or more"},
                    std::pair{"uprobe:/no/such:f",
                              "there is no program /no/such to count units in"},
                    std::pair{"uprobe:" + actor_file() + ":no_such",
                              "there is no function no_such in " + actor_file()},
                    std::pair{"usdt:" + actor_file() + ":actor:no_such",
                              "there is no static probe actor:no_such in " + actor_file()}));

}  // namespace
