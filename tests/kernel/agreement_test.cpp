// The same calls, counted by strace and by perf at the same time.
//
// Both watch a longer time than our window: the calls that the actor makes outside it are only
// those of waiting for commands. strace -c does not count exits, and restarts the read that it
// finds the actor in.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/kernel/actor.hpp"
#include "tests/support/descriptor.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tracer/collector.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::Calls;
using kernel_test::calls_of;
using kernel_test::test_program;
using msgstat::Collector;

// Threads, children, what they execute, signals, errors.
std::vector<std::string> all_commands() {
  return {"calls 110 997 3 499 24 211",
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

// perf stat of every syscalls:sys_enter_*, counting from its construction until counts().
class Perf : Tool {
 public:
  explicit Perf(pid_t pid)
      : control_(make_fifo("control")),
        answer_(make_fifo("answer")),
        child_({"perf", "stat", "-D", "-1", "--control",
                "fifo:" + (directory / "control").string() + "," + (directory / "answer").string(),
                "-x", ",", "-o", output, "-e", "syscalls:sys_enter_*", "-p", std::to_string(pid)}) {
    order("enable\n");
  }

  // "count,unit,event,…"
  Calls counts() {
    order("disable\n");
    child_.send_signal(SIGINT);
    child_.wait();
    Calls calls;
    for (const std::string& line : lines()) {
      const std::size_t at = line.find("sys_enter_");
      const std::uint64_t count = std::strtoull(line.c_str(), nullptr, 10);
      if (at == std::string::npos || count == 0) continue;
      const std::size_t begin = at + std::string("sys_enter_").size();
      calls[line.substr(begin, line.find(',', begin) - begin)] = count;
    }
    return calls;
  }

 private:
  support::Descriptor make_fifo(const std::string& name) const {
    const std::string path = directory / name;
    if (::mkfifo(path.c_str(), 0600) != 0) throw std::runtime_error("mkfifo " + path);
    return support::Descriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  }
  void order(const std::string& text) const {
    if (::write(control_.get(), text.data(), text.size()) < 0) throw std::runtime_error("write");
    char answer[16];
    if (::read(answer_.get(), answer, sizeof answer) <= 0) throw std::runtime_error("no answer");
  }

  support::Descriptor control_;
  support::Descriptor answer_;
  support::Child child_;
};

support::Requirement perf_tracepoints() {
  if (auto perf = support::command("perf"); !perf.met) return perf;
  const auto tried = support::run({"perf", "stat", "-e", "syscalls:sys_enter_getppid", "true"});
  return {"perf_tracepoints", tried.status == support::exited(0), 0,
          "perf stat -e syscalls:sys_enter_getppid: " + tried.err};
}

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
  SKIP_UNLESS(perf_tracepoints());
  Actor actor;
  Perf perf(actor.pid());
  const Calls ours = measure(actor);
  EXPECT_EQ(ours, perf.counts());
}

}  // namespace
