// Laps: windows without a gap. Every call is in one of them, and their sum is the total.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <string>

#include "tests/kernel/actor.hpp"
#include "tests/kernel/measured_actor.hpp"
#include "tests/support/descriptor.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::Calls;
using kernel_test::calls_of;
using kernel_test::MeasuredActor;
using kernel_test::with_command;
using msgstat::Collector;
using msgstat::UnitCounterLocation;
using msgstat::Window;

std::string pair(long number, int count) {
  return " " + std::to_string(number) + " " + std::to_string(count);
}

TEST(Laps, AddUpToTheTotal) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  Collector collector = Collector::process(actor.pid(), {.events = {"task-clock"}});
  actor.obey("crew 2");
  collector.open();
  actor.tell("work" + pair(SYS_getppid, 1'000'003) + pair(SYS_close, 300'007));
  Calls sum;
  std::uint64_t bad_descriptors = 0;
  int laps_with_calls = 0;
  const auto add = [&](const Window& window) {
    sum = kernel_test::sum_of(std::move(sum), calls_of(window));
    const auto errors = kernel_test::errors_of(window);
    if (const auto found = errors.find("close"); found != errors.end())
      bad_descriptors += found->second.at("EBADF");
    laps_with_calls += !window.syscalls->empty();
  };
  const int few = std::max(4, kernel_test::repetitions(10));
  for (int lap = 0; lap < few; ++lap) add(collector.lap());
  actor.wait_for_answer();
  add(collector.close());
  EXPECT_EQ(sum,
            with_command(
                {{"read", 4}, {"write", 4}, {"getppid", 2 * 1'000'003}, {"close", 2 * 300'007}}));
  EXPECT_EQ(bad_descriptors, 2 * 300'007U);
  EXPECT_GT(laps_with_calls, 2) << "the work was over too soon to be cut";
}

TEST(Laps, AndTheirEventsAddUpToTheTotal) {
  SKIP_UNLESS(support::perf_events());
  Actor actor;
  Collector laps = Collector::process(actor.pid(), {.events = {"page-faults"}});
  Collector whole = Collector::process(actor.pid(), {.events = {"page-faults"}});
  whole.open();
  laps.open();
  double sum = 0;
  for (int lap = 0; lap < 5; ++lap) {
    actor.obey("touch 1009");
    sum += laps.lap().events.at(0).value.value();
  }
  sum += laps.close().events.at(0).value.value();
  EXPECT_EQ(sum, whole.close().events.at(0).value.value());
  EXPECT_GE(sum, 5 * 1009);
}

// A call that spans a cut is in the window in which it returns.
TEST(Laps, HoldACallOnceWhenItSpansACut) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  actor.obey("crew 1");
  Collector collector = Collector::process(actor.pid(), {.events = {"task-clock"}});
  collector.open();
  EXPECT_EQ(calls_of(collector.lap()), Calls{});
  actor.obey("work" + pair(SYS_getppid, 1));
  EXPECT_EQ(calls_of(collector.lap()), (Calls{{"read", 3}, {"write", 3}, {"getppid", 1}}));
  EXPECT_EQ(calls_of(collector.close()), Calls{});
}

struct Units {
  support::Descriptor file{::memfd_create("units", MFD_CLOEXEC)};
  std::uint64_t* counters = nullptr;
  Units() {
    EXPECT_EQ(::ftruncate(file.get(), 4096), 0);
    counters = static_cast<std::uint64_t*>(
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0));
  }
  ~Units() { ::munmap(counters, 4096); }
  [[nodiscard]] UnitCounterLocation location() const {
    return {.fd = file.get(), .offset = 64, .stride = 128, .count = 3};
  }
  void add(int counter, std::uint64_t count) const { counters[8 + 16 * counter] += count; }
};

TEST(Units, OfAWindowAreThoseDoneInIt) {
  SKIP_UNLESS(support::bpf());
  const Units units;
  Actor actor;
  Collector collector = Collector::process(actor.pid(), {.events = {"task-clock"}});
  collector.count_units(units.location());
  units.add(0, 1000);
  collector.open();
  units.add(0, 7);
  units.add(1, 11);
  units.add(2, 13);
  EXPECT_EQ(collector.lap().units->count, 31U);
  units.add(2, 17);
  const Window window = collector.close();
  EXPECT_EQ(window.units->count, 17U);
  EXPECT_EQ(window.units->uncertainty, 0U);
}

TEST(Units, ReachTheAgentBesideItsOrders) {
  SKIP_UNLESS(support::bpf());
  const Units units;
  MeasuredActor measured;
  units.add(1, 1000);
  measured.agent().open(units.location());
  units.add(1, 19);
  EXPECT_EQ(measured.agent().close().units->count, 19U);
}

}  // namespace
