// The same calls, counted by strace and by perf at the same time.
//
// Both watch a longer time than our window: the calls that the actor makes outside it are only
// those of waiting for commands. strace -c does not count exits, and restarts the read that it
// finds the actor in.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/kernel/actor.hpp"
#include "tests/support/perf_stat.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tracer/collector.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::Calls;
using kernel_test::calls_of;
using kernel_test::test_program;
using kernel_test::with_calls;
using msgstat::Collector;

// Threads, children, what they execute, signals, errors.
std::vector<std::string> all_commands() {
  return {with_calls("calls", {{SYS_getppid, 997}, {SYS_close, 499}, {SYS_sched_yield, 211}}),
          "storm 100",
          "generations 11",
          "vfork 13",
          "execute " + test_program("tiny") + " 7",
          "signals 211"};
}

Calls measure(Actor& actor) {
  Collector collector = Collector::process(actor.pid(), {.events = {"task-clock"}});
  collector.open();
  for (const std::string& command : all_commands()) actor.obey(command);
  actor.wait_for_threads(1);
  return calls_of(collector.close());
}

struct Tool {
  support::TemporaryDirectory directory;
  std::string output = directory / "output";

  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> found;
    std::ifstream file(output);
    for (std::string line; std::getline(file, line);) found.push_back(line);
    return found;
  }
};

// strace -c, attached from its construction until counts().
class Strace : Tool {
 public:
  explicit Strace(pid_t pid)
      : child_({"strace", "-f", "-c", "-o", output, "-p", std::to_string(pid)}) {
    const auto line = child_.read_error_line();
    if (!line || line->find("attached") == std::string::npos)
      throw std::runtime_error("strace said: " + line.value_or("nothing"));
  }

  // "% time  seconds  usecs/call  calls  [errors]  syscall"
  Calls counts() {
    child_.send_signal(SIGINT);
    child_.wait();
    Calls calls;
    for (const std::string& line : lines()) {
      std::istringstream fields(line);
      double share = 0;
      double seconds = 0;
      std::uint64_t each = 0;
      std::uint64_t count = 0;
      std::string word;
      std::string name;
      if (!(fields >> share >> seconds >> each >> count)) continue;
      while (fields >> word) name = word;
      if (name != "total") calls[name] = count;
    }
    return calls;
  }

 private:
  support::Child child_;
};

TEST(Counts, AgreeWithThoseOfStrace) {
  SKIP_UNLESS(support::bpf());
  SKIP_UNLESS(support::command("strace"));
  Actor actor;
  Strace strace(actor.pid());
  actor.wait_until_traced();
  Calls ours = measure(actor);
  Calls theirs = strace.counts();
  for (const char* name : {"read", "exit", "exit_group"}) {
    ours.erase(name);
    theirs.erase(name);
  }
  EXPECT_EQ(ours, theirs);
}

// perf counts calls as they begin, and signal returns as they are called.
TEST(Counts, AgreeWithThoseOfPerf) {
  SKIP_UNLESS(support::bpf());
  SKIP_UNLESS(support::perf_tracepoints());
  Actor actor;
  support::PerfStat perf({actor.pid()});
  const Calls ours = measure(actor);
  EXPECT_EQ(ours, perf.counts());
}

}  // namespace
