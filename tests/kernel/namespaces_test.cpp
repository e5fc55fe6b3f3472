// Namespaces: the target in some of its own, and the collector inside of some.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/kernel/actor.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tracer/collector.hpp"
#include "tracer/target/process.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::calls_getppid;
using kernel_test::calls_of;
using kernel_test::with_command;
using msgstat::Collector;

support::Requirement namespaces(const std::vector<std::string>& kinds) {
  std::vector<std::string> words = {"unshare", "--fork"};
  words.insert(words.end(), kinds.begin(), kinds.end());
  words.emplace_back("true");
  const auto tried = support::run(words);
  return {"namespaces", tried.status == support::exited(0), 0, "unshare: " + tried.err};
}

support::Requirement pid_namespaces() { return namespaces({"--pid", "--mount-proc"}); }

TEST(PidNamespace, OfTheTargetIsSeenThrough) {
  SKIP_UNLESS(support::bpf());
  SKIP_UNLESS(pid_namespaces());
  Actor actor({}, {"unshare", "--pid", "--fork", "--kill-child"});
  Collector collector = Collector::process(actor.pid(), {.events = {"task-clock"}});
  collector.open();
  actor.obey("clone 7");
  EXPECT_EQ(calls_of(collector.close()),
            with_command({{"clone", 7}, {"wait4", 7}, {"getppid", 49}, {"exit_group", 7}}));
}

// The ids that it sees are not ours, its capabilities are none, and its /proc is its own.
TEST(Namespaces, OfTheTargetAreAllSeenThrough) {
  SKIP_UNLESS(support::bpf());
  SKIP_UNLESS(namespaces({"--user", "--map-root-user", "--pid", "--mount-proc", "--net"}));
  Actor actor({}, {"unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child",
                   "--mount-proc", "--net", "--uts", "--ipc"});
  Collector collector = Collector::process(
      actor.pid(), {.events = {"task-clock"},
                    .units = {"sock:recv", "uprobe:actor:unit_function", "syscall:getppid"}});
  collector.open();
  actor.obey("clone 7");
  actor.obey("receive 101");
  actor.obey("function 103");
  const auto window = collector.close();
  const auto calls = calls_of(window);
  EXPECT_EQ(calls.at("clone"), 7U);
  EXPECT_EQ(calls.at("getppid"), 49U);
  EXPECT_EQ(calls.at("exit_group"), 7U);
  EXPECT_EQ(window.unit_counts.at(0).count, 101U) << window.unit_counts.at(0).reason;
  EXPECT_EQ(window.unit_counts.at(1).count, 103U) << window.unit_counts.at(1).reason;
  EXPECT_EQ(window.unit_counts.at(2).count, 49U);
}

// The command in the target's own pid and mount namespaces, where the target is process 1.
TEST(PidNamespace, OfTheTargetMayBeEntered) {
  SKIP_UNLESS(support::bpf());
  SKIP_UNLESS(namespaces({"--pid", "--mount-proc"}));
  Actor actor({}, {"unshare", "--pid", "--fork", "--kill-child", "--mount-proc"});
  const support::TemporaryDirectory directory;
  const std::string file = directory / "r.json";
  support::Child stat({"nsenter", "-t", std::to_string(actor.pid()), "-p", "-m", support::msgstat(),
                       "stat", "-p", "1", "-I", "100", "-x", ",", "-e", "task-clock", "--unit",
                       "syscall:getppid", "-o", file});
  ASSERT_TRUE(stat.read_line().has_value()) << stat.wait().err;
  actor.obey(calls_getppid(7919));
  // nsenter waits for the command that it has started.
  ::kill(msgstat::tracer::list_descendants(stat.pid()).back(), SIGINT);
  EXPECT_EQ(stat.wait().status, support::exited(0));
  std::ifstream stream(file);
  std::uint64_t calls = 0;
  const auto recording = nlohmann::json::parse(stream);
  for (const auto& run : recording.at("runs"))
    calls += run.at("unit").at("count").get<std::uint64_t>();
  EXPECT_EQ(calls, 7919U);
}

// Ids would be looked up in one namespace and measured in another.
TEST(PidNamespace, OfAnotherProcThanOursIsRefused) {
  SKIP_UNLESS(support::root());
  SKIP_UNLESS(namespaces({"--pid"}));
  const auto result =
      support::run({"unshare", "--pid", "--fork", support::msgstat(), "stat", "-p", "2"});
  EXPECT_EQ(result.status, support::exited(1)) << result.out;
  EXPECT_EQ(result.err,
            "msgstat: /proc is that of another pid namespace than ours, and so are its process "
            "ids; mount -t proc proc /proc\n");
}

// Root of a user namespace is nobody to the kernel's tracing.
TEST(UserNamespace, OfOursIsSaidToBeTheReason) {
  SKIP_UNLESS(namespaces({"--user", "--map-root-user"}));
  const auto result = support::run({"unshare", "--user", "--map-root-user", support::msgstat(),
                                    "stat", "-e", "task-clock", "--", "true"});
  EXPECT_EQ(result.status, support::exited(0)) << result.err;
  EXPECT_NE(result.out.find("in a user namespace the kernel lets nobody trace"), std::string::npos)
      << result.out;
}

TEST(ReusedId, IsNotTheTarget) {
  SKIP_UNLESS(support::bpf());
  SKIP_UNLESS(namespaces({"--pid", "--mount-proc"}));
  const auto result = support::run({"unshare", "--pid", "--fork", "--kill-child", "--mount-proc",
                                    kernel_test::test_program("reuse")});
  EXPECT_EQ(result.status, support::exited(0)) << result.err;
  EXPECT_THAT(result.out,
              ::testing::MatchesRegex("same id: 1\nrefused: process [0-9]+ has ended, and its id "
                                      "has gone to another\nsame id: 1\ncounted: 1009\n"));
}

// The tests themselves, run where their ids are not those of the init namespace.
class PidNamespaceOfOurs : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(PidNamespaceOfOurs, ChangesNothing) {
  SKIP_UNLESS(support::bpf());
  SKIP_UNLESS(pid_namespaces());
  const auto [program, filter] = GetParam();
  const auto result =
      support::run({"unshare", "--pid", "--fork", "--mount-proc", "--kill-child",
                    (support::build_directory() / "tests/kernel" / program).string(),
                    std::string("--gtest_filter=") + filter});
  EXPECT_EQ(result.status, support::exited(0)) << result.out;
  EXPECT_NE(result.out.find("[  PASSED  ]"), std::string::npos) << result.out;
  EXPECT_EQ(result.out.find("SKIPPED"), std::string::npos) << result.out;
}

INSTANTIATE_TEST_SUITE_P(
    Tests, PidNamespaceOfOurs,
    testing::Values(std::pair{"counts_test", "Counts.HoldThePrimesOfOneThread"},
                    std::pair{"children_test", "Children.OfChildrenAreCounted"},
                    std::pair{"in_process_test", "Agent.AgreesWithACollectorOutside"},
                    std::pair{"in_process_test", "Self.CountsThreadsThatComeAndGo"}));

}  // namespace
