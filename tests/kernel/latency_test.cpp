// Time in system calls, against calls that are told how long to take.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include "bpf/abi.h"
#include "tests/kernel/actor.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"
#include "tracer/probe/syscall_times.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::calls_getppid;
using msgstat::Collector;
using msgstat::Level;
using msgstat::SyscallCount;
using msgstat::Window;

const msgstat::CollectorOptions kTimed{.events = {"task-clock"}, .level = Level::kLatency};

// tests/kernel/programs/load.c
constexpr double kNapNs = 100'000;

const SyscallCount& call_of(const Window& window, const std::string& name) {
  return *std::find_if(window.syscalls->begin(), window.syscalls->end(),
                       [&](const SyscallCount& call) { return call.name == name; });
}

double now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e9 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec);
}

// Naps of 100 us: each at least that long, and all of them together no longer than the window.
TEST(Latency, OfNapsIsTheirLength) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  Collector collector = Collector::process(actor.pid(), kTimed);
  collector.open();
  const double begin_ns = now_ns();
  actor.obey("nap 211");
  const double taken_ns = now_ns() - begin_ns;
  const Window window = collector.close();
  const SyscallCount& nap = call_of(window, "nanosleep");
  ASSERT_TRUE(nap.time.has_value());
  EXPECT_EQ(nap.calls, 211U);
  EXPECT_EQ(nap.time->calls, 211U);
  EXPECT_GE(nap.time->p50_ns, kNapNs * (1 - 1.0 / 64));
  EXPECT_LE(nap.time->p50_ns, nap.time->p90_ns);
  EXPECT_LE(nap.time->p90_ns, nap.time->p99_ns);
  EXPECT_LE(nap.time->p99_ns, nap.time->p99_9_ns);
  EXPECT_LE(nap.time->p99_9_ns, static_cast<double>(nap.time->max_ns));
  EXPECT_GE(static_cast<double>(nap.time->total_ns), 211 * kNapNs);
  EXPECT_LE(static_cast<double>(nap.time->total_ns), taken_ns);
  EXPECT_EQ(window.loss->untimed, 0U);
}

// The read that the actor was in as the window was armed is counted and has no time.
TEST(Latency, OfACallThatWasInFlightIsNotKnown) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  Collector collector = Collector::process(actor.pid(), kTimed);
  for (int window_number = 0; window_number < 2; ++window_number) {
    collector.open();
    actor.obey(calls_getppid(7919));
    const Window window = collector.close();
    EXPECT_EQ(call_of(window, "read").calls, 1U);
    EXPECT_EQ(call_of(window, "read").time, std::nullopt);
    EXPECT_EQ(call_of(window, "getppid").time.value().calls, 7919U);
  }
}

// A call that spans a cut is timed once, whole, in the window in which it returns.
TEST(Latency, OfLapsIsInTheWindowOfTheReturn) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  Collector collector = Collector::process(actor.pid(), kTimed);
  collector.open();
  actor.obey(calls_getppid(7));
  collector.lap();
  timespec pause{.tv_sec = 0, .tv_nsec = 50'000'000};
  ::nanosleep(&pause, nullptr);
  actor.obey(calls_getppid(7));
  const Window window = collector.close();
  const auto read = call_of(window, "read").time;
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->calls, 1U);
  EXPECT_GE(read->total_ns, 50'000'000U);
  EXPECT_EQ(read->total_ns, read->max_ns);
}

TEST(Latency, OfThreadsAndChildrenIsTimedForEachOfTheirCalls) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  Collector collector = Collector::process(actor.pid(), kTimed);
  collector.open();
  actor.obey("storm 500");
  actor.obey("clone 97");
  const Window window = collector.close();
  EXPECT_EQ(call_of(window, "getppid").time.value().calls, 5 * 500 + 7 * 97U);
  EXPECT_EQ(call_of(window, "clone").time.value().calls, 500 + 97U);
}

// It has the id under which another thread entered exit, and never left it.
TEST(Latency, OfAnExecutionByAnotherThreadIsNotThatOfWhoseIdItTakes) {
  SKIP_UNLESS(support::bpf());
  for (const Level level : {Level::kLatency, Level::kExplain}) {
    support::Child child({kernel_test::test_program("usurper")});
    ASSERT_EQ(child.read_line(), "ready");
    Collector collector =
        Collector::process(child.pid(), {.events = {"task-clock"}, .level = level});
    collector.open();
    child.write("go\n");
    ASSERT_EQ(child.read_line(), "again");
    const Window window = collector.close();
    const SyscallCount& execution = call_of(window, "execve");
    EXPECT_EQ(execution.calls, 1U);
    EXPECT_EQ(execution.time.has_value(), level == Level::kExplain);
    if (execution.time) {
      const SyscallCount& nap = call_of(window, "clock_nanosleep");
      EXPECT_LT(execution.time->total_ns, nap.time.value().total_ns);
    }
  }
}

TEST(Latency, IsNotMeasuredAtLevelCounts) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  Collector collector = Collector::process(actor.pid(), {.events = {"task-clock"}});
  collector.open();
  actor.obey(calls_getppid(7));
  EXPECT_EQ(call_of(collector.close(), "getppid").time, std::nullopt);
}

// bpf/abi.h promises 1/64 at most. The bucket is found as the kernel side does, by another way.
TEST(Histogram, QuantilesAreWithinTheirPromise) {
  std::mt19937_64 random(7);
  for (int exponent = 0; exponent < 40; ++exponent) {
    const std::uint64_t ns = (1ULL << exponent) + random() % (1ULL << exponent);
    std::size_t bucket = ns;
    if (ns >= SUB_BUCKETS) {
      const int shift = static_cast<int>(std::log2(static_cast<double>(ns))) - SUB_BUCKET_BITS;
      bucket = static_cast<std::size_t>(shift) * SUB_BUCKETS + (ns >> shift);
    }
    std::vector<std::uint64_t> buckets(BUCKETS);
    buckets.at(bucket) = 1;
    const double value = msgstat::tracer::quantile_ns(buckets, 0.5);
    EXPECT_NEAR(value, static_cast<double>(ns), static_cast<double>(ns) / 64 + 0.5) << ns;
  }
}

}  // namespace
