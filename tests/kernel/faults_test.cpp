// Every system call of an attach, a window and a detach fails once: there is an error that says so
// or a window that is right in what it says, nothing stays behind, and the target goes on.
//
// Of the calls that come from one place (a file read in pieces) the first, the second and the last
// fail, each with one errno of kErrors in turn; with MSGSTAT_FAULTS=all every call with every
// errno.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <new>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/kernel/actor.hpp"
#include "tests/kernel/armed.hpp"
#include "tests/kernel/fault_injector.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"
#include "tracer/error.hpp"
#include "tracer/syscall_name.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::Armed;
using kernel_test::calls_of;
using kernel_test::FaultInjector;
using kernel_test::with_command;
using msgstat::Collector;
using msgstat::Level;
using msgstat::Window;

constexpr std::uint64_t kCalls = 211;
constexpr std::array kErrors = {EPERM, ENOMEM, EINTR, EMFILE, EIO};

struct Held {
  std::size_t descriptors = 0;
  std::size_t mappings = 0;  // of maps and of perf's buffers
  bool operator==(const Held&) const = default;
};
std::ostream& operator<<(std::ostream& stream, const Held& held) {
  return stream << held.descriptors << " descriptors, " << held.mappings << " mappings";
}

Held held() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  Held now{.descriptors = static_cast<std::size_t>(std::distance(begin(all), end(all)))};
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    now.mappings += line.find("anon_inode:") != std::string::npos;
  return now;
}

struct Outcome {
  std::optional<Window> window;
  std::string error;
  bool is_ours = true;  // an Error, or no memory: what main makes a line of
  Armed armed;
};

// The actor's command is not part of what fails.
Outcome measure(Actor& actor, Level level, std::size_t nth, int error) {
  Outcome outcome;
  const FaultInjector injector(nth, error);
  try {
    Collector collector = Collector::process(
        actor.pid(), {.events = {"context-switches", "page-faults"}, .level = level});
    collector.open();
    FaultInjector::pause();
    outcome.armed = kernel_test::armed_by(::getpid(), ::getpid());
    actor.obey("calls " + std::to_string(SYS_getppid) + " " + std::to_string(kCalls));
    FaultInjector::resume();
    outcome.window = collector.close();
  } catch (const msgstat::Error& thrown) {
    outcome.error = thrown.what();
  } catch (const std::bad_alloc& thrown) {
    outcome.error = thrown.what();
  } catch (const std::exception& thrown) {
    outcome.error = thrown.what();
    outcome.is_ours = false;
  }
  FaultInjector::pause();
  return outcome;
}

// "exact", "degraded" or "error"; expects that the outcome is right in what it says.
std::string judge(const Outcome& outcome, const std::string& where) {
  if (!outcome.window) {
    EXPECT_FALSE(outcome.error.empty()) << where;
    EXPECT_TRUE(outcome.is_ours) << where << ": " << outcome.error;
    return "error";
  }
  const Window& window = *outcome.window;
  bool is_whole = true;
  for (const msgstat::EventCount& event : window.events) {
    is_whole &= event.value.has_value();
    EXPECT_TRUE(event.value.has_value() || !event.reason.empty()) << where << ": " << event.name;
    // The actor slept at least once, when it had done what it was told.
    EXPECT_TRUE(!event.value || event.name != "context-switches" || *event.value >= 1) << where;
  }
  if (!window.syscalls) {
    EXPECT_FALSE(window.syscalls_reason.empty()) << where;
    return "degraded";
  }
  EXPECT_EQ(calls_of(window), with_command({{"getppid", kCalls}})) << where;
  return is_whole ? "exact" : "degraded";
}

std::string describe(std::size_t nth, int error) {
  const auto failed = static_cast<int>(FaultInjector::failed_call());
  return "call " + std::to_string(nth) + ", " +
         msgstat::tracer::syscall_name(failed, msgstat::Abi::kNative) + ", fails with " +
         msgstat::tracer::errno_name(error);
}

Level chosen_level() {
  const char* name = std::getenv("MSGSTAT_FAULTS_LEVEL");
  return name != nullptr && std::string_view(name) == "explain" ? Level::kExplain : Level::kCounts;
}

TEST(Faults, EndInAnErrorOrInAWindowThatIsRight) {
  SKIP_UNLESS(support::bpf());
  SKIP_UNLESS(kernel_test::syscall_dispatch());
  const Level level = chosen_level();
  Actor actor;
  ASSERT_EQ(judge(measure(actor, level, 0, 0), "without a fault"), "exact");
  const std::size_t calls = FaultInjector::calls();
  ASSERT_GT(calls, 50U);
  const bool with_all = std::getenv("MSGSTAT_FAULTS") != nullptr;
  std::vector<std::size_t> chosen = FaultInjector::different_calls();
  if (with_all) {
    chosen.resize(calls);
    std::iota(chosen.begin(), chosen.end(), 1);
  }
  Held before = held();
  std::map<std::string, int> outcomes;
  Armed armed;
  for (const std::size_t nth : chosen) {
    for (std::size_t i = 0; i < (with_all ? kErrors.size() : 1); ++i) {
      const int error = kErrors[(nth + i) % kErrors.size()];
      const Outcome outcome = measure(actor, level, nth, error);
      const std::string where = describe(nth, error);
      ++outcomes[judge(outcome, where)];
      // libbpf 1.1 forgets the descriptor that it has opened for dup3(2) to replace.
      if (FaultInjector::failed_call() == SYS_dup3 && held().descriptors == before.descriptors + 1)
        ++before.descriptors;
      ASSERT_EQ(held(), before) << where;
      armed.programs.insert(armed.programs.end(), outcome.armed.programs.begin(),
                            outcome.armed.programs.end());
      armed.links.insert(armed.links.end(), outcome.armed.links.begin(), outcome.armed.links.end());
    }
  }
  EXPECT_GT(outcomes["degraded"], 0);
  EXPECT_GT(outcomes["error"], 0);
  EXPECT_EQ(kernel_test::alive_in_the_end(armed), 0U);
  EXPECT_EQ(judge(measure(actor, level, 0, 0), "after all"), "exact");
  std::cout << chosen.size() << " of " << calls << " calls: " << outcomes["error"] << " errors, "
            << outcomes["degraded"] << " windows without some, " << outcomes["exact"]
            << " whole ones\n";
}

}  // namespace
