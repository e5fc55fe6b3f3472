// Where calls come from: the functions of C programs, and the lines of Python, as the programs
// themselves know them.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/kernel/actor.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"

namespace {

using msgstat::CallSite;
using msgstat::Collector;
using msgstat::FutexWord;
using msgstat::Window;

struct Seen {
  Window window;
  std::string told;
};

Seen watch(const std::vector<std::string>& command) {
  support::Child child(command);
  if (child.read_line() != "ready") throw std::runtime_error(child.wait().err);
  Collector collector = Collector::process(
      child.pid(), {.events = {"task-clock"}, .level = msgstat::Level::kExplain});
  collector.open();
  child.write("go\n");
  // The collector is the other thread's until that has ended.
  std::atomic<bool> is_done{false};
  std::thread poller([&] {
    while (!is_done) {
      collector.poll();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  std::optional<std::string> told;
  try {
    told = child.read_line();
  } catch (const std::runtime_error&) {
  }
  is_done = true;
  poller.join();
  return {.window = collector.close(), .told = told.value_or("")};
}

bool has_function(const CallSite& site, const std::string& name) {
  return std::any_of(site.frames.begin(), site.frames.end(),
                     [&name](const auto& frame) { return frame.function == name; });
}

struct Expected {
  const char* mode;
  const char* symbol;
  const char* function;  // that makes all calls on the word but those of `other`
  const char* other;
};

// Each sample stands for so many calls that together they are about all of them.
void expect_all_calls(const std::vector<FutexWord>& words) {
  double all = 0;
  double calls = 0;
  double variance = 0;
  for (const FutexWord& word : words) {
    for (const auto& [operation, count] : word.calls) all += static_cast<double>(count);
    for (const CallSite& site : word.sites) {
      calls += static_cast<double>(site.calls);
      variance += site.calls_error * site.calls_error;
    }
  }
  EXPECT_NEAR(calls, all, 2 * std::sqrt(variance) + 1);
}

class Sites : public testing::TestWithParam<Expected> {};

TEST_P(Sites, AreTheFunctionsThatCall) {
  SKIP_UNLESS(support::bpf());
  const Seen seen = watch({kernel_test::test_program("locks"), GetParam().mode});
  const auto& futex = seen.window.futex.value();
  const auto word = std::find_if(
      futex.words.begin(), futex.words.end(),
      [](const FutexWord& candidate) { return candidate.place.symbol == GetParam().symbol; });
  ASSERT_NE(word, futex.words.end());
  ASSERT_FALSE(word->sites.empty());
  std::uint64_t samples = 0;
  for (const CallSite& site : word->sites) {
    samples += site.samples;
    EXPECT_TRUE(has_function(site, GetParam().function) || has_function(site, GetParam().other))
        << site.call << " " << site.frames.front().function;
    // The whole stack: down to where the thread began.
    EXPECT_TRUE(site.frames.back().file.find("libc") != std::string::npos ||
                site.frames.back().function == "_start")
        << site.frames.back().function << " in " << site.frames.back().file;
  }
  EXPECT_GT(samples, 0U);
  expect_all_calls(futex.words);
  EXPECT_EQ(futex.stacks.lost, 0U);
  EXPECT_GT(futex.stacks.cost_ns, 0U);
}

INSTANTIATE_TEST_SUITE_P(Locks, Sites,
                         testing::Values(Expected{"convoy", "convoy_mutex", "hold", "-"},
                                         Expected{"pingpong", "ping_condition", "play", "-"},
                                         Expected{"semaphore", "pool_semaphore", "take_unit", "-"},
                                         Expected{"barrier", "round_barrier", "meet", "-"},
                                         Expected{"eagain", "spin_word", "spin", "-"},
                                         Expected{"herd", "herd_word", "follow", "drive_herd"}),
                         [](const auto& tested) { return std::string(tested.param.mode); });

// Every line that is printed is one at which the program says that it slept, and so are its
// callers.
TEST(PythonStacks, AreThoseThatTheProgramKnows) {
  SKIP_UNLESS(support::bpf());
#ifndef __x86_64__
  GTEST_SKIP() << "lines of Python: amd64 only";
#endif
  const std::string script =
      (support::source_directory() / "tests/kernel/programs/sleeper.py").string();
  const Seen seen = watch({"/usr/bin/python3", script});
  using Line = std::pair<std::string, std::uint32_t>;
  std::set<std::vector<Line>> told;
  for (const auto& stack : nlohmann::json::parse(seen.told)) told.insert(stack);
  ASSERT_GT(told.size(), 15U);

  std::set<std::vector<Line>> found;
  std::uint64_t samples = 0;
  std::uint64_t without = 0;
  for (const CallSite& site : seen.window.sched.value().sites) {
    if (site.call != "clock_nanosleep") continue;
    std::vector<Line> lines;
    for (const auto& frame : site.frames)
      if (frame.line > 0) lines.emplace_back(frame.function, frame.line);
    samples += site.samples;
    if (lines.empty()) without += site.samples;
    if (lines.empty()) continue;
    const bool is_told = std::any_of(told.begin(), told.end(), [&lines](const auto& stack) {
      return stack.size() >= lines.size() && std::equal(lines.begin(), lines.end(), stack.begin());
    });
    EXPECT_TRUE(is_told) << lines.front().first << ":" << lines.front().second << " of "
                         << lines.size();
    found.insert(lines);
  }
  EXPECT_GE(found.size(), 10U);
  // What was sampled before the process was known to be Python has none.
  EXPECT_LT(without, samples / 2 + 10);
}

}  // namespace
