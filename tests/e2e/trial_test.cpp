// msgstat trial: what a live process had before is put back, however the trial ends.
#include <gtest/gtest.h>

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Words = std::vector<std::string>;
using Cpus = std::set<int>;
using ByThread = std::map<pid_t, Cpus>;

Cpus affinity(pid_t tid) {
  cpu_set_t set;
  CPU_ZERO(&set);
  Cpus cpus;
  if (::sched_getaffinity(tid, sizeof set, &set) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) cpus.insert(cpu);
  return cpus;
}

std::vector<pid_t> threads_of(pid_t pid) {
  std::vector<pid_t> tids;
  std::error_code gone;
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone))
    tids.push_back(std::stoi(task.path().filename()));
  std::sort(tids.begin(), tids.end());
  return tids;
}

ByThread affinities(pid_t pid) {
  ByThread all;
  for (const pid_t tid : threads_of(pid)) all[tid] = affinity(tid);
  return all;
}

bool all_are(pid_t pid, const Cpus& cpus) {
  const ByThread all = affinities(pid);
  return !all.empty() &&
         std::all_of(all.begin(), all.end(), [&](const auto& one) { return one.second == cpus; });
}

template <typename Condition>
bool soon(Condition condition) {
  using Clock = std::chrono::steady_clock;
  for (const auto end = Clock::now() + std::chrono::seconds(30); Clock::now() < end;
       ::usleep(2'000))
    if (condition()) return true;
  return condition();
}

bool exists(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  return std::getline(status, line) && line.find(") Z ") == std::string::npos;
}

pid_t guardian_of(pid_t parent) {
  const std::string task = "/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent);
  std::ifstream children(task + "/children");
  for (pid_t pid = 0; children >> pid;) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
    std::string name;
    if (std::getline(file, name) && name == "msgstat-guard") return pid;
  }
  return 0;
}

Words target_command(const Words& more = {"3"}) {
  Words words = {"/usr/bin/python3",
                 (support::source_directory() / "tests/e2e/trial_target.py").string()};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

class Trial : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_UNLESS(support::bpf());
    SKIP_UNLESS(support::cpus(2));
    ASSERT_EQ(target_.read_line(), "ready");
    before_ = affinities(target_.pid());
    ASSERT_EQ(before_.size(), 4U);
    ASSERT_FALSE(all_are(target_.pid(), before_.begin()->second)) << "the threads differ";
  }

  Words trial(const Words& more) const {
    Words words = {support::msgstat(), "trial",        "-p", std::to_string(target_.pid()),
                   "--duration=0.2",   "--settle=0.05"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  void expect_as_before() const { EXPECT_EQ(affinities(target_.pid()), before_); }

  support::Child target_{target_command()};
  ByThread before_;
};

TEST_F(Trial, ComparesAndPutsEveryThreadsAffinityBack) {
  const auto result = support::run(trial({"--pin=0", "--rounds=3", "--seed=5", "-j"}));
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  expect_as_before();
  const json recording = json::parse(result.out);
  EXPECT_EQ(recording.at("seed"), 5);
  EXPECT_EQ(recording.at("arms").at(1).at("settings").at("pin"), "0");
  ASSERT_EQ(recording.at("runs").size(), 6U);
  std::map<std::string, int> windows;
  for (std::size_t i = 0; i < 6; ++i) {
    const json& run = recording["runs"][i];
    ++windows[run.at("arm")];
    EXPECT_EQ(run.at("repeat"), i / 2) << "in blocks";
    EXPECT_EQ(run.at("target").at("threads"), 4);
    if (run.at("arm") == "pin=0") {
      EXPECT_EQ(run.at("target").at("cpus"), "0");
      EXPECT_EQ(run.at("counters").at("cpu-migrations").at("value"), 0);
    }
  }
  EXPECT_EQ(windows, (std::map<std::string, int>{{"as-it-was", 3}, {"pin=0", 3}}));
  // It makes no receives: rates are by the second.
  const json& comparisons = recording.at("comparisons");
  EXPECT_TRUE(std::any_of(comparisons.begin(), comparisons.end(),
                          [](const json& one) { return one.at("metric") == "getppid/s"; }));
}

TEST_F(Trial, PutsTheNiceValueBack) {
  SKIP_UNLESS(support::root());
  const auto nice = [this] {
    std::set<int> values;
    for (const pid_t tid : threads_of(target_.pid()))
      values.insert(::getpriority(PRIO_PROCESS, static_cast<id_t>(tid)));
    return values;
  };
  const std::set<int> before = nice();
  ASSERT_FALSE(before.contains(7));
  support::Child msgstat(trial({"--nice=7", "--rounds=50"}));
  EXPECT_TRUE(soon([&] { return nice() == std::set<int>{7}; }));
  msgstat.send_signal(SIGKILL);
  EXPECT_EQ(msgstat.wait().status, support::signaled(SIGKILL));
  EXPECT_TRUE(soon([&] { return nice() == before; }));
}

// How msgstat ends, and with what status; 0: it is the target that is killed.
struct End {
  const char* name;
  int signal;
  bool group;
};

class TrialEnds : public Trial, public testing::WithParamInterface<End> {};

TEST_P(TrialEnds, AndEveryThreadHasWhatItHadBefore) {
  const End& end = GetParam();
  // A process group of its own, as a shell would give it.
  Words words = trial({"--pin=0", "--rounds=500"});
  words.insert(words.begin(), "setsid");
  support::Child msgstat(words);
  ASSERT_TRUE(soon([&] { return all_are(target_.pid(), {0}); }));
  const pid_t guardian = guardian_of(msgstat.pid());
  ASSERT_NE(guardian, 0);
  EXPECT_NE(::getpgid(guardian), ::getpgid(msgstat.pid()));
  ::kill(end.group ? -msgstat.pid() : msgstat.pid(), end.signal);
  const auto result = msgstat.wait();
  EXPECT_EQ(result.status, end.signal == SIGINT || end.signal == SIGTERM
                               ? support::exited(128 + end.signal)
                               : support::signaled(end.signal));
  EXPECT_TRUE(soon([&] { return affinities(target_.pid()) == before_; }));
  EXPECT_TRUE(soon([&] { return !exists(guardian); }));
  expect_as_before();
}

INSTANTIATE_TEST_SUITE_P(, TrialEnds,
                         testing::Values(End{"Interrupted", SIGINT, false},
                                         End{"Terminated", SIGTERM, false},
                                         End{"Killed", SIGKILL, false},
                                         End{"KilledWithItsGroup", SIGKILL, true},
                                         End{"InterruptedWithItsGroup", SIGINT, true},
                                         End{"HungUp", SIGHUP, false}, End{"Quit", SIGABRT, false}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_F(Trial, WithoutItsGuardianChangesNothingMore) {
  support::Child msgstat(trial({"--pin=0", "--rounds=500"}));
  pid_t guardian = 0;
  ASSERT_TRUE(soon([&] { return (guardian = guardian_of(msgstat.pid())) != 0; }));
  ASSERT_TRUE(soon([&] { return all_are(target_.pid(), {0}); }));
  ::kill(guardian, SIGTERM);
  EXPECT_TRUE(exists(guardian)) << "it blocks what can be blocked";
  msgstat.send_signal(SIGTERM);
  EXPECT_EQ(msgstat.wait().status, support::exited(128 + SIGTERM));
  expect_as_before();
}

TEST_F(Trial, OfATargetThatEndsSaysSoAndLeavesNoGuardian) {
  support::Child msgstat(trial({"--pin=0", "--rounds=500"}));
  pid_t guardian = 0;
  ASSERT_TRUE(soon([&] { return (guardian = guardian_of(msgstat.pid())) != 0; }));
  ASSERT_TRUE(soon([&] { return all_are(target_.pid(), {0}); }));
  ::usleep(1'500'000);
  target_.send_signal(SIGKILL);
  const auto result = msgstat.wait();
  EXPECT_EQ(result.status, support::exited(1)) << result.out;
  EXPECT_NE(result.out.find("ended: what follows is what was measured"), std::string::npos)
      << result.out << result.err;
  EXPECT_TRUE(soon([&] { return !exists(guardian); }));
}

TEST_F(Trial, ThreadsBornMeanwhileAreTreatedAndPutBack) {
  support::Child target(target_command({"1", "births"}));
  ASSERT_EQ(target.read_line(), "ready");
  const Cpus all = affinity(target.pid());
  const auto words = Words{
      support::msgstat(), "trial",          "-p",           std::to_string(target.pid()), "--pin=0",
      "--rounds=3",       "--duration=0.3", "--settle=0.05"};
  const auto result = support::run(words);
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  EXPECT_NE(result.err.find("were born while the process was treated"), std::string::npos);
  std::map<Cpus, int> seen;
  for (const auto& [tid, cpus] : affinities(target.pid())) ++seen[cpus];
  // The one that bound itself before, and all others where the main thread may run.
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ((seen[Cpus{*all.rbegin()}]), 1);
  EXPECT_GT(seen[all], 20);
}

TEST_F(Trial, GivesTheCgroupItsCpusBack) {
  const fs::path cgroup = "/sys/fs/cgroup/cpuset/msgstat-trial-" + std::to_string(::getpid());
  std::error_code error;
  fs::create_directory(cgroup, error);
  SKIP_UNLESS((support::Requirement{"cpuset", !error, error.value(), "mkdir " + cgroup.string()}));
  const auto put = [&cgroup](const char* file, const std::string& text) {
    std::ofstream(cgroup / file) << text << std::endl;
  };
  const auto get = [&cgroup] {
    std::ifstream file(cgroup / "cpuset.cpus");
    std::string line;
    std::getline(file, line);
    return line;
  };
  put("cpuset.mems", "0");
  put("cpuset.cpus", "0-1");
  support::Child target(target_command({"1"}));
  ASSERT_EQ(target.read_line(), "ready");
  put("cgroup.procs", std::to_string(target.pid()));
  const std::string pid = std::to_string(target.pid());
  const auto result = support::run({support::msgstat(), "trial", "-p", pid, "--cgroup-cpus=0",
                                    "--rounds=2", "--duration=0.2", "--settle=0.05"});
  EXPECT_EQ(result.status, support::exited(0)) << result.err;
  EXPECT_EQ(get(), "0-1");
  EXPECT_NE(result.out.find("cgroup-cpus=0 against as-it-was"), std::string::npos) << result.out;

  // Moved to a cpuset without the CPU that is tried: one clear line, and nothing is left changed.
  support::Child msgstat({support::msgstat(), "trial", "-p", pid, "--pin=0", "--rounds=500",
                          "--duration=0.2", "--settle=0.05"});
  ASSERT_TRUE(soon([&] { return affinity(target.pid()) == Cpus{0}; }));
  put("cpuset.cpus", "1");
  const auto moved = msgstat.wait();
  EXPECT_EQ(moved.status, support::exited(1)) << moved.out;
  EXPECT_NE(moved.err.find("msgstat: "), std::string::npos);
  EXPECT_EQ(affinity(target.pid()), Cpus{1});
  target.send_signal(SIGKILL);
  target.wait();
  EXPECT_TRUE(soon([&] { return ::rmdir(cgroup.c_str()) == 0; }));
}

void expect_refused(const Words& words, int status, const std::string& said) {
  const auto result = support::run(words);
  EXPECT_EQ(result.status, support::exited(status)) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  EXPECT_TRUE(result.err.starts_with("msgstat: ")) << result.err;
  EXPECT_NE(result.err.find(said), std::string::npos) << result.err;
}

TEST_F(Trial, RefusesWhatMakesNoSense) {
  expect_refused(trial({}), 2, "nothing to try");
  expect_refused(trial({"--pin=x"}), 2, "no list of CPUs");
  expect_refused(trial({"--pin=4000"}), 2, "there is no CPU 4000");
  expect_refused(trial({"--nice=40"}), 2, "--nice takes a number");
  expect_refused(trial({"--pin=0", "--rounds=0"}), 2, "--rounds");
  expect_refused(trial({"--pin=0", "-e", "nosuch"}), 2, "unknown event");
  const std::string thread = std::to_string(threads_of(target_.pid()).back());
  const Words bare = {support::msgstat(), "trial", "--pin=0", "-p"};
  const auto with = [&bare](const std::string& pid) {
    Words words = bare;
    words.push_back(pid);
    return words;
  };
  expect_refused(with(thread), 1, "is a thread of process");
  expect_refused(with("4000000"), 1, "there is no process");
  expect_refused(with(std::to_string(::getpid())), 2, "msgstat itself");
  expect_as_before();

  support::Child pinned({"taskset", "-c", "0", "sleep", "60"});
  ASSERT_TRUE(soon([&] { return affinity(pinned.pid()) == Cpus{0}; }));
  expect_refused(with(std::to_string(pinned.pid())), 2, "nothing to compare");
}

TEST_F(Trial, RefusesAThreadOfTheKernel) {
  std::ifstream file("/proc/2/comm");
  std::string name;
  const bool visible = std::getline(file, name) && name == "kthreadd";
  SKIP_UNLESS((support::Requirement{"kernel_threads", visible, 0, "/proc/2 is kthreadd"}));
  expect_refused({support::msgstat(), "trial", "-p", "2", "--pin=0"}, 1, "is a kernel thread");
}

TEST_F(Trial, AsksBeforeItChangesTheProcessOfAnother) {
  SKIP_UNLESS(support::root());
  support::Child others({"setpriv", "--reuid=65534", "--clear-groups", "sleep", "60"});
  const std::string proc = "/proc/" + std::to_string(others.pid());
  ASSERT_TRUE(soon([&] {
    std::ifstream comm(proc + "/comm");
    std::string name;
    return std::getline(comm, name) && name == "sleep";
  }));
  const Cpus before = affinity(others.pid());
  const Words words = {
      support::msgstat(), "trial",          "-p",        std::to_string(others.pid()), "--pin=0",
      "--rounds=2",       "--duration=0.1", "--settle=0"};
  expect_refused(words, 2, "belongs to user nobody");
  Words willing = words;
  willing.emplace_back("--yes");
  EXPECT_EQ(support::run(willing).status, support::exited(0));
  EXPECT_EQ(affinity(others.pid()), before);
  // On a terminal it asks; "y" alone is a yes.
  std::string line;
  for (const std::string& word : words) line += word + " ";
  for (const auto& [answer, status] :
       {std::pair("y\n", 0), std::pair("n\n", 1), std::pair("\n", 1), std::pair("\x04", 1)}) {
    const auto asked = support::run(
        {"script", "--quiet", "--return", "--command", line, "/dev/null"}, {.input = answer});
    EXPECT_EQ(asked.status, support::exited(status)) << asked.out;
    EXPECT_NE(asked.out.find("belongs to user nobody; change it for the time of the trial? [y/N]"),
              std::string::npos)
        << asked.out;
    EXPECT_EQ(asked.out.find("nothing was changed") != std::string::npos, status == 1) << asked.out;
    EXPECT_EQ(affinity(others.pid()), before);
  }
}

}  // namespace
