// Pid namespaces: the target in one of its own, and the collector inside one.
#include <gtest/gtest.h>

#include "tests/kernel/actor.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::calls_of;
using kernel_test::with_command;
using msgstat::Collector;

support::Requirement pid_namespaces() {
  const auto tried = support::run({"unshare", "--pid", "--fork", "--mount-proc", "true"});
  return {"pid_namespaces", tried.status == support::exited(0), 0, "unshare --pid: " + tried.err};
}

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
