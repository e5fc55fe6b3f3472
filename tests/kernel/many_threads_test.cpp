// 19,000 threads: perf has no descriptors for them. Their events take a descriptor for each CPU.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <string>

#include "tests/kernel/actor.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"
#include "tracer/target/process.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::calls_getppid;
using kernel_test::calls_of;
using msgstat::Collector;
using msgstat::CounterState;
using msgstat::EventCount;
using msgstat::Window;

constexpr std::size_t kThreads = 19'000;

support::Requirement many_threads() {
  constexpr std::int64_t kBytesEach = 32 << 10;  // a kernel stack, a task, a page of its own
  const std::int64_t free_bytes = ::sysconf(_SC_AVPHYS_PAGES) * ::sysconf(_SC_PAGESIZE);
  return {"memory", free_bytes > kBytesEach * static_cast<std::int64_t>(kThreads), 0,
          "600 MB for 19,000 threads"};
}

std::size_t open_descriptors() { return msgstat::tracer::list_descriptors().size(); }

TEST(ManyThreads, AreAttachedToWithFewDescriptorsAndTheBusyOneIsCounted) {
  SKIP_UNLESS(support::bpf());
  SKIP_UNLESS(support::perf_events());
  SKIP_UNLESS(many_threads());
  Actor actor;
  actor.obey("herd " + std::to_string(kThreads));
  const std::size_t before = open_descriptors();
  Collector collector = Collector::process(actor.pid());
  collector.open();
  const std::size_t used = open_descriptors() - before;
  const double faults_before = kernel_test::faults_of(actor.pid());
  actor.obey("touch 5003");
  actor.obey(calls_getppid(7919));
  const double faults = kernel_test::faults_of(actor.pid()) - faults_before;
  const Window window = collector.close();

  EXPECT_LE(used, 64 + 8 * static_cast<std::size_t>(::sysconf(_SC_NPROCESSORS_ONLN)));
  EXPECT_EQ(window.threads, kThreads + 1);
  EXPECT_EQ(calls_of(window).at("getppid"), 7919U);
  for (const EventCount& event : window.events) {
    if (event.state == CounterState::kNotSupported) continue;
    ASSERT_TRUE(event.value.has_value()) << event.name << ": " << event.reason;
    if (event.name == "page-faults" && event.state == CounterState::kCounted) {
      EXPECT_EQ(*event.value, faults);
    }
  }
  EXPECT_GE(faults, 5003);
}

// More pairs of a thread and a call than have room: the total is right, and what is in no row said.
TEST(ManyThreads, ThatFindNoRoomAreInTheTotalAndSaid) {
  SKIP_UNLESS(support::bpf());
  constexpr std::uint64_t kStorm = 45'000;
  Actor actor({.timeout = std::chrono::seconds(150)});
  Collector collector =
      Collector::process(actor.pid(), {.events = {"task-clock"}, .per_thread = true});
  collector.open();
  actor.obey("storm " + std::to_string(kStorm));
  const Window window = collector.close();
  EXPECT_EQ(calls_of(window).at("getppid"), 5 * kStorm);
  std::uint64_t placed = 0;
  for (const msgstat::ThreadCounts& thread : window.by_thread.value())
    for (const msgstat::ThreadSyscall& call : thread.syscalls)
      if (call.name == "getppid") placed += call.calls;
  EXPECT_GT(window.loss->unplaced_calls, 0U);
  EXPECT_LE(placed + window.loss->unplaced_calls, 7 * kStorm + 5 * kStorm);
  EXPECT_GE(placed + window.loss->unplaced_calls, 5 * kStorm);
}

}  // namespace
