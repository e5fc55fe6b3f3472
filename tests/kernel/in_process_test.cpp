// Exactness in process: by the agent in another program, and by a collector of our own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/kernel/actor.hpp"
#include "tests/kernel/measured_actor.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"

namespace {

namespace fs = std::filesystem;
using kernel_test::Actor;
using kernel_test::Calls;
using kernel_test::calls_of;
using kernel_test::MeasuredActor;
using kernel_test::with_calls;
using kernel_test::with_command;
using msgstat::Collector;
using msgstat::Window;

const int kRepetitions = kernel_test::repetitions(100);

std::vector<std::string> descriptors(pid_t pid) {
  std::vector<std::string> links;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
    links.push_back(entry.path().filename().string() + " " +
                    fs::read_symlink(entry).string().substr(0, 4));
  std::sort(links.begin(), links.end());
  return links;
}

TEST(Agent, CountsExactlyAndNotItself) {
  SKIP_UNLESS(support::bpf());
  MeasuredActor measured;
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    measured.actor().obey("crew 3");
    measured.agent().open({});
    measured.actor().obey(with_calls("work", {{SYS_getppid, 211}, {SYS_close, 101}}));
    ASSERT_EQ(calls_of(measured.agent().close()),
              with_command({{"read", 6}, {"write", 6}, {"getppid", 633}, {"close", 303}}))
        << "repetition " << repetition;
    measured.actor().obey("dismiss");
  }
}

TEST(Agent, CountsAStormOfThreads) {
  SKIP_UNLESS(support::bpf());
  const std::uint64_t threads = 50ULL * kernel_test::repetitions(200);
  MeasuredActor measured;
  measured.agent().open({});
  measured.actor().obey("storm " + std::to_string(threads));
  measured.actor().wait_for_threads(2);
  EXPECT_EQ(calls_of(measured.agent().close()), with_command({{"clone", threads},
                                                              {"getppid", 5 * threads},
                                                              {"read", threads},
                                                              {"write", threads},
                                                              {"exit", threads},
                                                              {"pipe2", 1},
                                                              {"close", 2}}));
}

// Nothing that the agent does in a fork is in the counts.
TEST(Agent, CountsChildrenExactly) {
  SKIP_UNLESS(support::bpf());
  MeasuredActor measured;
  measured.agent().open({});
  measured.actor().obey("fork 13");
  EXPECT_EQ(calls_of(measured.agent().close()), with_command({{"clone", 13},
                                                              {"set_robust_list", 13},
                                                              {"getppid", 7 * 13},
                                                              {"exit_group", 13},
                                                              {"wait4", 13}}));
}

TEST(Agent, IsNotInTheDescriptorsOfItsProcess) {
  SKIP_UNLESS(support::bpf());
  Actor plain;
  MeasuredActor measured;
  measured.agent().open({});
  EXPECT_EQ(descriptors(measured.actor().pid()), descriptors(plain.pid()));
}

TEST(Agent, IsNotInWhatItsProcessForks) {
  SKIP_UNLESS(support::bpf());
  MeasuredActor measured;
  measured.agent().open({});
  measured.actor().obey("bear");
  measured.actor().wait_for_child();
  const pid_t child = measured.actor().child_pid();
  std::vector<std::string> parents = descriptors(measured.actor().pid());
  parents.pop_back();  // the end of a pipe that the actor's child closes
  EXPECT_EQ(descriptors(child), parents);
  std::ifstream maps("/proc/" + std::to_string(child) + "/maps");
  for (std::string line; std::getline(maps, line);)
    EXPECT_THAT(line, ::testing::Not(::testing::HasSubstr("anon_inode:bpf-map"))) << line;
  measured.actor().obey("reap");
}

// The same window, by the agent in it and by a collector outside.
TEST(Agent, AgreesWithACollectorOutside) {
  SKIP_UNLESS(support::bpf());
  MeasuredActor measured;
  Collector outside = Collector::process(measured.actor().pid(), {.events = {"task-clock"}});
  for (int repetition = 0; repetition < kernel_test::repetitions(20); ++repetition) {
    measured.agent().open({});
    outside.open();
    measured.actor().obey("storm 200");
    measured.actor().wait_for_threads(2);
    const Calls from_outside = calls_of(outside.close());
    ASSERT_EQ(calls_of(measured.agent().close()), from_outside) << "repetition " << repetition;
  }
}

TEST(Self, CountsTheCallsOfItsOwnThreads) {
  SKIP_UNLESS(support::bpf());
  Collector collector = Collector::self({.events = {"task-clock"}});
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    collector.open();
    for (int i = 0; i < 211; ++i) ::syscall(SYS_getppid);
    for (int i = 0; i < 101; ++i) ::syscall(SYS_close, -1);
    ASSERT_EQ(calls_of(collector.close()), (Calls{{"getppid", 211}, {"close", 101}}))
        << "repetition " << repetition;
  }
}

TEST(Self, CountsThreadsThatComeAndGo) {
  SKIP_UNLESS(support::bpf());
  Collector collector = Collector::self({.events = {"task-clock"}});
  collector.open();
  for (int batch = 0; batch < 10; ++batch) {
    std::vector<std::thread> threads;
    threads.reserve(10);
    for (int i = 0; i < 10; ++i)
      threads.emplace_back([] {
        for (int n = 0; n < 7; ++n) ::syscall(SYS_getppid);
      });
    for (auto& thread : threads) thread.join();
  }
  Calls calls = calls_of(collector.close());
  EXPECT_EQ(calls["getppid"], 700U);
  // Which of them glibc makes a thread with depends on the architecture.
  EXPECT_EQ(calls["clone"] + calls["clone3"], 100U);
}

// A window may be opened on one thread and closed on another, each a new one.
TEST(Self, LeavesOutWhicheverThreadCalls) {
  SKIP_UNLESS(support::bpf());
  Collector collector = Collector::self({.events = {"task-clock"}});
  for (int repetition = 0; repetition < kernel_test::repetitions(10); ++repetition) {
    std::thread([&] { collector.open(); }).join();
    Window window;
    std::thread([&] { window = collector.close(); }).join();
    const Calls calls = calls_of(window);
    // One bpf(2) to find out who calls; no ioctl, no read of what a window takes to close.
    EXPECT_EQ(calls.count("bpf") != 0 ? calls.at("bpf") : 0, 1U);
    EXPECT_EQ(calls.count("ioctl"), 0U);
    EXPECT_EQ(calls.count("membarrier"), 0U);
  }
}

}  // namespace
