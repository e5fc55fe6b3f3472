// Level explain: programs whose one lock is known are seen to use that lock, with that symbol and
// class, and the time of their threads adds up.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <sstream>
#include <string>

#include "tests/kernel/actor.hpp"
#include "tests/kernel/racer.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"

namespace {

using msgstat::Collector;
using msgstat::FutexWord;
using msgstat::Window;

struct Seen {
  Window window;
  std::map<std::string, std::uint64_t> told;  // what the program says of itself
};

Seen watch_program(const std::vector<std::string>& command) {
  support::Child child(command);
  if (child.read_line() != "ready") throw std::runtime_error(child.wait().err);
  Collector collector = Collector::process(
      child.pid(), {.events = {"context-switches"}, .level = msgstat::Level::kExplain});
  collector.open();
  child.write("go\n");
  std::istringstream line(child.read_line().value_or(""));
  Seen seen{.window = collector.close(), .told = {}};
  std::string name;
  std::uint64_t value = 0;
  while (line >> name >> value) seen.told[name] = value;
  return seen;
}

Seen watch(const std::string& mode) {
  return watch_program({kernel_test::test_program("locks"), mode});
}

std::uint64_t calls_of(const FutexWord& word) {
  std::uint64_t calls = 0;
  for (const auto& [operation, count] : word.calls) calls += count;
  return calls;
}

// The kernel makes no memory for a thread on a CPU that is in the midst of another's, as an
// interrupt finds it, and before Linux 6.2 does not even find what is there:
// kernel/bpf/bpf_task_storage.c, bpf_task_storage_trylock().
std::uint64_t most_lost(const msgstat::SchedulerUse& sched) {
  utsname kernel{};
  ::uname(&kernel);
  if (!std::string(kernel.release).starts_with("6.1.")) return 1 + sched.threads_seen / 100;
  std::uint64_t wakeups = 0;
  for (const msgstat::TimeSlot& slot : sched.wakeup_slots) wakeups += slot.count;
  return 1 + sched.threads_seen / 2 + wakeups / 1000;
}

const FutexWord* find(const Window& window, const std::string& symbol) {
  for (const FutexWord& word : window.futex.value().words)
    if (word.place.symbol == symbol) return &word;
  return nullptr;
}

std::uint64_t calls_of(const FutexWord& word, const std::string& operation) {
  const auto found = word.calls.find(operation);
  return found == word.calls.end() ? 0 : found->second;
}

// With futex_waitv and the three of futex2, which the headers may not name.
std::uint64_t futex_calls(const Window& window) {
  static const std::set<int> numbers = {SYS_futex, 449, 454, 455, 456};
  std::uint64_t calls = 0;
  for (const auto& call : window.syscalls.value())
    if (call.abi == msgstat::Abi::kNative && numbers.contains(call.number)) calls += call.calls;
  return calls;
}

// The same program counts each call twice: as a call, and on its word.
void expect_all_calls_on_words(const Window& window) {
  ASSERT_TRUE(window.futex);
  EXPECT_EQ(window.futex->calls, futex_calls(window));
  EXPECT_EQ(window.futex->calls_without_word, 0U);
  for (const FutexWord& word : window.futex->words) {
    const std::uint64_t results = word.woken + word.changed + word.timed_out + word.interrupted +
                                  word.wait_failed + word.woke_none + word.woke_one +
                                  word.woke_many + word.wake_failed;
    EXPECT_EQ(results + calls_of(word, "UNLOCK_PI"), calls_of(word));
    const std::uint64_t slept =
        std::accumulate(word.sleep_slots.begin(), word.sleep_slots.end(), std::uint64_t{0},
                        [](std::uint64_t sum, const auto& slot) { return sum + slot.count; });
    EXPECT_EQ(slept, word.sleeps);
    EXPECT_LE(word.cross_cpu_hand_offs, word.hand_offs);
  }
}

TEST(Explain, NamesAContendedMutexItsOwnerAndItsHandOffs) {
  SKIP_UNLESS(support::bpf());
  const Seen seen = watch("convoy");
  expect_all_calls_on_words(seen.window);
  const FutexWord* word = find(seen.window, "convoy_mutex");
  ASSERT_NE(word, nullptr);
  EXPECT_EQ(word, &seen.window.futex->words.front());
  EXPECT_EQ(word->lock, "glibc mutex");
  EXPECT_EQ(word->place.kind, "symbol");
  EXPECT_EQ(word->place.offset, 0U);
  EXPECT_TRUE(word->owner);
  EXPECT_EQ(word->owner_name, "locks");
  EXPECT_GT(word->sleeps, 10U);
  // A holder sleeps 100 us: so does who waits for it, most of the time.
  EXPECT_GT(word->sleep_ns / word->sleeps, 50'000U);
  EXPECT_GT(word->hand_offs, 10U);
  EXPECT_GE(word->waiters, 2U);
}

TEST(Explain, FindsAMutexOnTheHeapByItsAddress) {
  SKIP_UNLESS(support::bpf());
  const Seen seen = watch("heap");
  const FutexWord& word = seen.window.futex.value().words.front();
  EXPECT_EQ(word.address, seen.told.at("heap"));
  EXPECT_EQ(word.place.kind, "heap");
  EXPECT_EQ(word.lock, "glibc mutex");
}

struct Expected {
  const char* mode;
  const char* symbol;
  const char* lock;
};

class ExplainClass : public testing::TestWithParam<Expected> {};

TEST_P(ExplainClass, IsTold) {
  SKIP_UNLESS(support::bpf());
  const Seen seen = watch(GetParam().mode);
  expect_all_calls_on_words(seen.window);
  const FutexWord* word = find(seen.window, GetParam().symbol);
  ASSERT_NE(word, nullptr);
  EXPECT_EQ(word->lock, GetParam().lock);
}

INSTANTIATE_TEST_SUITE_P(Locks, ExplainClass,
                         testing::Values(Expected{"pingpong", "ping_condition",
                                                  "glibc condition variable"},
                                         Expected{"semaphore", "pool_semaphore", "glibc semaphore"},
                                         Expected{"barrier", "round_barrier", "glibc barrier"},
                                         Expected{"pi", "pi_mutex", "priority-inheriting mutex"},
                                         Expected{"eagain", "spin_word", "unknown"},
                                         Expected{"herd", "herd_word", "unknown"},
                                         Expected{"idle", "pool_semaphore", "glibc semaphore"}),
                         [](const auto& tested) { return std::string(tested.param.mode); });

TEST(Explain, CountsWaitsThatFoundAnotherValueAsTheProgramDoes) {
  SKIP_UNLESS(support::bpf());
  const Seen seen = watch("eagain");
  const FutexWord* word = find(seen.window, "spin_word");
  ASSERT_NE(word, nullptr);
  EXPECT_EQ(seen.told.at("changed"), 4U * 997);
  EXPECT_EQ(word->changed, seen.told.at("changed"));
  EXPECT_EQ(word->calls.at("WAIT"), seen.told.at("changed"));
  EXPECT_EQ(word->sleeps, 0U);
}

TEST(Explain, CountsTheThreadsThatAWakeWokeAsTheProgramDoes) {
  SKIP_UNLESS(support::bpf());
  const Seen seen = watch("herd");
  const FutexWord* word = find(seen.window, "herd_word");
  ASSERT_NE(word, nullptr);
  EXPECT_EQ(word->woke_one + word->threads_woken_at_once, seen.told.at("woken"));
  EXPECT_EQ(word->woke_none + word->woke_one + word->woke_many, 997U / 4);
  EXPECT_EQ(word->wakers, 1U);
}

// Operations that locks seldom make. The program tells what it did, or nothing of what the kernel
// lacks.
TEST(Explain, CountsEachOperationAsTheProgramDoes) {
  SKIP_UNLESS(support::bpf());
  const Seen seen = watch_program({kernel_test::test_program("futexes")});
  expect_all_calls_on_words(seen.window);
  const auto told = [&seen](const std::string& name) -> std::uint64_t {
    const auto found = seen.told.find(name);
    return found == seen.told.end() ? 0 : found->second;
  };
  const auto counted = [&seen](const std::string& symbol) {
    const FutexWord* word = find(seen.window, symbol);
    return word == nullptr ? FutexWord{} : *word;
  };
  const FutexWord pi = counted("pi_word");
  EXPECT_EQ(told("LOCK_PI"), 101U);
  EXPECT_EQ(calls_of(pi, "LOCK_PI"), told("LOCK_PI"));
  EXPECT_EQ(calls_of(pi, "UNLOCK_PI"), told("UNLOCK_PI"));

  const FutexWord requeue = counted("requeue_word");
  EXPECT_EQ(told("REQUEUE"), 103U);
  EXPECT_EQ(calls_of(requeue, "REQUEUE"), told("REQUEUE"));
  EXPECT_EQ(calls_of(requeue, "CMP_REQUEUE"), told("CMP_REQUEUE"));
  EXPECT_EQ(requeue.wake_failed, told("requeue_failed"));
  // The others were moved, and woken where they were.
  EXPECT_EQ(requeue.woke_one + requeue.threads_woken_at_once, told("requeue_woken"));
  const FutexWord other = counted("requeue_other");
  EXPECT_EQ(other.woke_one + other.threads_woken_at_once, 3 - told("requeue_woken"));

  EXPECT_EQ(told("WAKE_OP"), 107U);
  EXPECT_EQ(calls_of(counted("wake_op_word"), "WAKE_OP"), told("WAKE_OP"));

  EXPECT_EQ(counted("waitv_first").changed, told("waitv_changed"));
  EXPECT_EQ(calls_of(counted("waitv_second"), "futex_waitv"), told("waitv_woken"));
  EXPECT_EQ(counted("waitv_second").woken, told("waitv_woken"));

  const FutexWord recent = counted("new_word");
  EXPECT_EQ(calls_of(recent, "futex_wake"), told("futex_wake"));
  EXPECT_EQ(recent.changed, told("futex_wait"));
  EXPECT_EQ(calls_of(recent, "futex_requeue"), told("futex_requeue"));
  EXPECT_EQ(recent.shared, 0U);

  EXPECT_EQ(seen.window.futex->other_abi, told("foreign"));
#ifdef __x86_64__
  if (told("foreign") == 0) GTEST_LOG_(INFO) << "this kernel has no 32-bit interface";
#endif
}

TEST(Explain, TimesOfThreadsAddUpToTheWindow) {
  SKIP_UNLESS(support::bpf());
  const Seen seen = watch("convoy");
  ASSERT_TRUE(seen.window.sched);
  const msgstat::SchedulerUse& sched = *seen.window.sched;
  EXPECT_EQ(sched.threads_seen, 5U);
  EXPECT_LE(sched.threads_lost, most_lost(sched));
  const double whole = static_cast<double>(sched.whole_ns);
  EXPECT_GT(whole, 0.9 * seen.window.seconds * 1e9);
  EXPECT_LT(std::abs(static_cast<double>(sched.remainder_ns)), 0.01 * whole);

  // The calls of the main thread and the workers, by another way of counting.
  std::uint64_t blocked = 0;
  for (const auto& call : sched.calls) blocked += call.blocked_ns;
  EXPECT_EQ(blocked, sched.total.blocked_ns);
  // perf's software event counts the same switches.
  const double switches = seen.window.events.at(0).value.value_or(-1);
  EXPECT_NEAR(static_cast<double>(sched.total.voluntary + sched.total.involuntary), switches, 8);
  // CPU time as the kernel has it begins where a thread is put on the queue when a wake-up asks for
  // the switch: wakeup_preempt(), kernel/sched/core.c, leaves the queue's clock as it is. An
  // interrupt is in no thread's.
  const double on_cpu =
      static_cast<double>(sched.total.user_ns + sched.total.kernel_ns + sched.total.unknown_ns);
  const double by_kernel = seen.window.cpu.user_s + seen.window.cpu.system_s;
  const double slack = 0.1 * on_cpu / 1e9 + 0.005;
  EXPECT_LE(by_kernel, on_cpu / 1e9 + static_cast<double>(sched.total.wakeup_ns) / 1e9 + slack);
  EXPECT_GE(by_kernel, on_cpu / 1e9 - slack);
}

// Also of the call that returns as a lap is cut.
TEST(Explain, SaysTheSameOfEachCallInEveryLap) {
  SKIP_UNLESS(support::bpf());
  support::Child child({kernel_test::test_program("locks"), "endless"});
  ASSERT_EQ(child.read_line(), "ready");
  Collector collector = Collector::process(
      child.pid(), {.events = {"task-clock"}, .level = msgstat::Level::kExplain});
  collector.open();
  child.write("go\n");
  std::uint64_t all = 0;
  const int laps = kernel_test::repetitions(50);
  for (int lap = 0; lap < laps; ++lap) {
    const Window window = collector.lap();
    EXPECT_EQ(window.futex.value().calls, futex_calls(window)) << "lap " << lap;
    all += window.futex->calls;
  }
  EXPECT_GT(all, 50U);
}

TEST(Explain, KeepsItsTimesApartFromLapToLap) {
  SKIP_UNLESS(support::bpf());
  support::Child child({kernel_test::test_program("locks"), "convoy"});
  ASSERT_EQ(child.read_line(), "ready");
  Collector collector = Collector::process(
      child.pid(), {.events = {"task-clock"}, .level = msgstat::Level::kExplain});
  collector.open();
  const Window idle = collector.lap();
  child.write("go\n");
  ASSERT_TRUE(child.read_line());
  const Window busy = collector.lap();
  const Window after = collector.close();
  EXPECT_EQ(idle.futex.value().calls, 0U);
  EXPECT_GT(busy.futex.value().calls, 20U);
  EXPECT_EQ(after.futex.value().calls, 0U);
  for (const Window* window : {&idle, &busy, &after}) {
    const auto& sched = window->sched.value();
    EXPECT_LT(std::abs(static_cast<double>(sched.remainder_ns)),
              0.02 * static_cast<double>(sched.whole_ns) + 200'000);
  }
}

// Those born while it is armed or disarmed are not taken for some that were there all along.
TEST(Explain, TimesAddUpWhereThreadsAndChildrenComeAndGo) {
  SKIP_UNLESS(support::bpf());
  const kernel_test::Racer racer;
  Collector collector = Collector::process(
      racer.pid(), {.events = {"task-clock"}, .level = msgstat::Level::kExplain});
  const int windows = kernel_test::repetitions(15);
  for (int i = 0; i < windows; ++i) {
    collector.open();
    ::usleep(20'000);
    const Window window = collector.close();
    const auto& sched = window.sched.value();
    EXPECT_GT(sched.threads_seen, 10U);
    EXPECT_LE(sched.threads_lost, most_lost(sched));
    EXPECT_LT(std::abs(static_cast<double>(sched.remainder_ns)),
              0.001 * static_cast<double>(sched.whole_ns))
        << "window " << i << " of " << window.seconds << " s";
  }
}

// Also of one that ends between the cut of a lap and the reading of what was counted in it.
TEST(Explain, AThreadIsInEachLapOfItsLife) {
  SKIP_UNLESS(support::bpf());
  constexpr std::size_t kCrew = 64;
  kernel_test::Actor actor;
  Collector collector = Collector::process(
      actor.pid(), {.events = {"task-clock"}, .level = msgstat::Level::kExplain});
  const int crews = kernel_test::repetitions(20);
  for (int i = 0; i < crews; ++i) {
    actor.obey("crew " + std::to_string(kCrew));
    actor.wait_until_crew_sleeps();
    collector.open();
    actor.tell("dismiss");
    const Window lap = collector.lap();
    const auto& sched = lap.sched.value();
    EXPECT_LE(sched.threads_seen, kCrew + 1);
    EXPECT_GE(sched.threads_seen + sched.threads_lost, kCrew + 1);
    EXPECT_LE(sched.threads_lost, most_lost(sched));
    actor.wait_for_answer();
    collector.close();
  }
}

}  // namespace
