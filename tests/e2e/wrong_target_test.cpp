// What each command that takes a process says of one that it cannot measure: one line, and the
// status that tells bad usage from what failed.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "tests/e2e/bad_input.hpp"
#include "tests/kernel/actor.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/public_command.hpp"
#include "tests/support/requirement.hpp"

namespace {

using Words = std::vector<std::string>;

Words operator+(Words left, const Words& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

struct Subcommand {
  const char* name;
  Words before;  // the id
  Words after;
};

const std::array kSubcommands = {
    Subcommand{"stat", {"stat", "-p"}, {"--timeout", "50"}},
    Subcommand{"explain", {"explain", "-p"}, {"--duration", "0.05"}},
    Subcommand{"top", {"top", "-p"}, {"-I", "20", "--timeout", "50"}},
    Subcommand{
        "trial", {"trial", "--pin=0", "--rounds=1", "--duration=0.05", "--settle=0", "-p"}, {}},
    Subcommand{"list_units", {"list", "units", "-p"}, {}},
};

Words command_on(const Subcommand& subcommand, const std::string& id,
                 const std::string& command = support::msgstat()) {
  return Words{command} + subcommand.before + Words{id} + subcommand.after;
}

// One that has ended and is not waited for, as long as this lives.
class Zombie {
 public:
  Zombie() : pid_(::fork()) {
    if (pid_ == 0) ::_exit(0);
    siginfo_t ended{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOWAIT);
  }
  ~Zombie() { ::waitpid(pid_, nullptr, 0); }
  Zombie(const Zombie&) = delete;
  Zombie& operator=(const Zombie&) = delete;
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

class Refuses : public testing::TestWithParam<Subcommand> {
 protected:
  static void expect(const std::string& id, int status, const std::string& said) {
    SCOPED_TRACE(id);
    e2e::expect_refused(command_on(GetParam(), id), {{}, status, said});
  }
};

TEST_P(Refuses, WhatIsNoId) {
  expect("abc", 2, "'abc' is no process id");
  expect("0", 2, "'0' is no process id");
  expect("7x", 2, "'7x' is no process id");
  expect("99999999999999999999", 2, "is no process id");
  expect("self", 2, "'self' is msgstat itself");
}

TEST_P(Refuses, WhoIsNotThere) { expect("4194303", 1, "there is no process 4194303\n"); }

TEST_P(Refuses, AZombie) {
  const Zombie zombie;
  expect(std::to_string(zombie.pid()), 1, " is a zombie; it has ended; ");
}

TEST_P(Refuses, AThreadOfTheKernel) {
  SKIP_UNLESS(kernel_test::kernel_thread());
  expect("2", 1, "process 2 is a kernel thread; only programs can be measured\n");
}

TEST_P(Refuses, AThreadThatLeadsNoProcess) {
  kernel_test::Actor actor;
  actor.obey("crew 1");
  expect(std::to_string(actor.threads().back()), 1,
         " is a thread of process " + std::to_string(actor.pid()));
}

TEST_P(Refuses, TheProcessOfAnotherUser) {
  SKIP_UNLESS(support::root());
  SKIP_UNLESS(support::command("setpriv"));
  const kernel_test::Actor others;
  const std::string id = std::to_string(others.pid());
  const Words as_nobody = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
  // trial asks first, and list does not measure.
  const std::string name = GetParam().name;
  const int status = name == "trial" ? 2 : 1;
  const std::string said = name == "list_units" ? "CAP_SYS_PTRACE: sudo setcap "
                           : name == "trial"
                               ? "process " + id + " belongs to user root"
                               : "process " + id +
                                     " belongs to user root; needs CAP_BPF and CAP_PERFMON: sudo "
                                     "setcap ";
  const support::PublicCommand command;
  e2e::expect_refused(as_nobody + command_on(GetParam(), id, command.path()), {{}, status, said});
}

// It ends before, while and after it is attached to: it is measured, or said to have ended.
TEST_P(Refuses, OneThatDiesMeanwhileUnlessItIsMeasured) {
  SKIP_UNLESS(support::bpf());
  support::Child lasting({"sleep", "1000"});
  const auto began = std::chrono::steady_clock::now();
  ASSERT_EQ(support::run(command_on(GetParam(), std::to_string(lasting.pid()))).status,
            support::exited(0));
  const std::chrono::duration<double> whole = std::chrono::steady_clock::now() - began;
  for (int tenth = 0; tenth <= 10; ++tenth) {
    // Reaped as soon as it ends.
    support::Child parent({"sh", "-c", "sleep \"$1\" & echo $!; wait", "sh",
                           std::to_string(whole.count() * tenth / 10)});
    const std::string id = parent.read_line().value_or("");
    const auto result = support::run(command_on(GetParam(), id));
    if (result.status == support::exited(0)) {
      EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 0) << result.err;
      continue;
    }
    EXPECT_EQ(result.status, support::exited(1)) << result.err;
    if (result.out.empty()) {
      EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    }
    EXPECT_TRUE(result.err.empty() || result.err.starts_with("msgstat: ")) << result.err;
    const bool is_told = result.err.find("ended") != std::string::npos ||
                         result.err.find("there is no process") != std::string::npos ||
                         result.err.find("is a zombie") != std::string::npos ||
                         result.out.find("ended") != std::string::npos;
    EXPECT_TRUE(is_told) << result.err << result.out;
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Refuses, testing::ValuesIn(kSubcommands),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
