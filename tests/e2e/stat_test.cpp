// msgstat stat on commands and processes. The truths are strace's, the programs' own, and perf's
// readers of its output.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/e2e/bad_input.hpp"
#include "tests/e2e/strace.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using e2e::BadInput;
using nlohmann::json;
using Words = std::vector<std::string>;
using Calls = std::map<std::string, std::uint64_t>;

Words stat_of(const Words& more) {
  Words words = {support::msgstat(), "stat"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Words operator+(Words left, const Words& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Calls calls_of(const json& run) {
  Calls calls;
  for (const auto& [name, call] : run.at("syscalls").items())
    calls[name] = call.at("calls").get<std::uint64_t>();
  return calls;
}

// Runs `command` under msgstat, and gives its recording.
json record(const Words& options, const Words& command) {
  const support::TemporaryDirectory directory;
  const std::string file = directory / "r.json";
  const auto result = support::run(stat_of(Words{"-o", file} + options + Words{"--"} + command));
  EXPECT_EQ(result.status, support::exited(0)) << result.err;
  std::ifstream stream(file);
  return json::parse(stream);
}

class Stat : public testing::Test {
 protected:
  void SetUp() override { SKIP_UNLESS(support::bpf()); }
};

class StatOfCommand : public testing::TestWithParam<Words> {
 protected:
  void SetUp() override { SKIP_UNLESS(support::bpf()); }
};

// Without address space randomisation each of these makes the same calls each time, which strace
// itself shows first.
TEST_P(StatOfCommand, CountsWhatStraceCounts) {
  SKIP_UNLESS(support::command("strace"));
  const Words command = Words{"setarch", "-R"} + GetParam();
  const Calls theirs = e2e::strace(command);
  ASSERT_EQ(theirs, e2e::strace(command)) << "not the same calls each time";
  ASSERT_GT(theirs.at("execve"), 1U);
  EXPECT_EQ(e2e::without_exits(calls_of(record({}, command).at("runs").at(0))), theirs);
}

INSTANTIATE_TEST_SUITE_P(
    Programs, StatOfCommand,
    testing::Values(Words{"tar", "-cf", "/dev/null", support::source_directory() / "analysis"},
                    Words{"sh", "-c", "for i in 1 2 3 4 5 6 7; do /bin/true; done"},
                    Words{"find", support::source_directory() / "tests", "-name", "*.cpp"},
                    Words{"git", "--version"}, Words{"/usr/bin/python3", "-I", "-S", "-c", "pass"},
                    Words{"cc", "-x", "c", "-fsyntax-only", "/dev/null"}),
    [](const testing::TestParamInfo<Words>& test) {
      std::string name = test.param.front().substr(test.param.front().rfind('/') + 1);
      return name;
    });

// 1,009 is prime, and dd makes one read and one write a block.
TEST_F(Stat, LapsAddUpToTheTotal) {
  const json recording =
      record({"-I", "10", "-e", "task-clock"},
             {"dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=100003", "status=none"});
  Calls sum;
  for (const json& lap : recording.at("runs"))
    for (const auto& [name, calls] : calls_of(lap)) sum[name] += calls;
  EXPECT_GT(recording.at("runs").size(), 2U);
  EXPECT_EQ(sum.at("write"), 100'003U);
  EXPECT_EQ(sum.at("execve"), 1U);
}

TEST_F(Stat, RepeatsGiveMeanDeviationAndInterval) {
  const auto result = support::run(stat_of({"-r", "3", "--", "true"}));
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  EXPECT_NE(result.out.find("3 runs of"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("dev"), std::string::npos);
  EXPECT_NE(result.out.find("± 95 %"), std::string::npos);
  EXPECT_NE(result.out.find("elapsed"), std::string::npos);
  const json runs = record({"-r", "3"}, {"true"}).at("runs");
  ASSERT_EQ(runs.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(runs[i].at("repeat"), i);
    EXPECT_EQ(calls_of(runs[i]).at("execve"), 1U);
    EXPECT_EQ(runs[i].at("target").at("kind"), "command");
  }
}

TEST_F(Stat, CommandsAreMeasuredFromTheirFirstInstruction) {
  for (const bool delayed : {false, true}) {
    Words options = {"-e", "task-clock"};
    if (delayed) options = options + Words{"-D", "200"};
    const json run = record(options, {"sleep", "0.6"}).at("runs").at(0);
    EXPECT_EQ(calls_of(run).count("execve"), delayed ? 0U : 1U);
    EXPECT_EQ(calls_of(run).count("read"), delayed ? 0U : 1U) << "of the loader, of an ELF file";
    EXPECT_EQ(calls_of(run).at("clock_nanosleep"), 1U);
  }
}

TEST_F(Stat, WithoutInheritChildrenAreLeftOut) {
  const Words command = {"sh", "-c", "/bin/true; /bin/true; exit 0"};
  EXPECT_EQ(calls_of(record({}, command).at("runs").at(0)).at("execve"), 3U);
  EXPECT_EQ(calls_of(record({"--no-inherit"}, command).at("runs").at(0)).at("execve"), 1U);
}

// The CPU time of a command that has ended is the kernel's, to the tick.
TEST_F(Stat, CpuTimeOfACommandIsKnown) {
  const json run = record({"-e", "task-clock"}, {"sh", "-c",
                                                 "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); "
                                                 "done"})
                       .at("runs")
                       .at(0);
  const double cpu_s =
      run.at("cpu").at("user_s").get<double>() + run.at("cpu").at("system_s").get<double>();
  const double clock_s = run.at("counters").at("task-clock").at("value").get<double>() * 1e-9;
  EXPECT_NEAR(cpu_s, clock_s, 0.02 + 0.1 * clock_s);
  EXPECT_TRUE(run.at("blind_spots").empty()) << run.at("blind_spots");
}

struct Case {
  Words command;
  int status;
};

// The truth is the program's text: so many calls, so many messages, a sleep of 50 ms.
const Words kPrimes = {"/usr/bin/python3", "-I", "-S", "-c", R"(
import os, socket, time
for i in range(499): os.getppid()
a, b = socket.socketpair()
for i in range(211): a.send(b'x'); b.recv(1)
for i in range(3): time.sleep(0.05)
)"};

TEST_F(Stat, DividesByTheUnitThatIsNamed) {
  const json by_call = record({"--unit", "syscall:getppid"}, kPrimes).at("runs").at(0);
  EXPECT_EQ(by_call.at("unit").at("count"), 499);
  EXPECT_EQ(by_call.at("unit").at("source"), "syscall:getppid");
  EXPECT_EQ(by_call.at("syscalls").at("getppid").at("per_unit"), 1.0);
  const json by_receive = record({}, kPrimes).at("runs").at(0);
  EXPECT_EQ(by_receive.at("unit").at("source"), "sock:recv");
  EXPECT_EQ(by_receive.at("unit").at("count"), 211) << "what is received, when nothing is named";
}

TEST_F(Stat, WithoutAUnitItSaysSoAndPrintsRates) {
  const auto result = support::run(stat_of({"--", "true"}));
  EXPECT_EQ(result.status, support::exited(0)) << result.err;
  EXPECT_NE(result.out.find("/s"), std::string::npos);
  EXPECT_NE(result.out.find("per second"), std::string::npos) << result.out;
}

TEST_F(Stat, LevelLatencyHasTheTimeOfEachCall) {
  const json calls = record({"--level", "latency"}, kPrimes).at("runs").at(0).at("syscalls");
  const json& sleeps = calls.at("clock_nanosleep").at("time_ns");
  EXPECT_EQ(sleeps.at("calls"), 3);
  EXPECT_GE(sleeps.at("total").get<double>(), 3 * 50e6);
  EXPECT_GE(sleeps.at("p50").get<double>(), 50e6 * .98) << "buckets are within 1.6 %";
  EXPECT_EQ(calls.at("getppid").at("time_ns").at("calls"), 499);
  EXPECT_LT(calls.at("getppid").at("time_ns").at("p50").get<double>(),
            sleeps.at("p50").get<double>());
  const json without = record({}, kPrimes).at("runs").at(0).at("syscalls");
  EXPECT_TRUE(without.at("getppid").at("time_ns").is_null());
}

TEST_F(Stat, ExitsAsTheCommandDid) {
  const support::TemporaryDirectory directory;
  const std::string script = directory / "script";
  std::ofstream(script) << "exit 9\n";
  ::chmod(script.c_str(), 0755);
  for (const auto& [command, status] :
       {Case{{"true"}, 0}, Case{{"sh", "-c", "exit 7"}, 7}, Case{{script}, 9},
        Case{{"sh", "-c", "kill -9 $$"}, 128 + SIGKILL}, Case{{"nosuch-command"}, 127},
        Case{{"/nonexistent/x"}, 127}, Case{{"/etc/passwd"}, 126}, Case{{"/tmp"}, 126}}) {
    const auto result = support::run(stat_of(Words{"--"} + command));
    EXPECT_EQ(result.status, support::exited(status)) << command.front() << ": " << result.err;
  }
}

TEST_F(Stat, TimeoutEndsACommand) {
  const auto result = support::run(stat_of({"--timeout", "300", "--", "sleep", "600"}));
  EXPECT_EQ(result.status, support::exited(128 + SIGTERM)) << result.err;
  EXPECT_NE(result.out.find("execve"), std::string::npos) << result.out;
}

bool is_alive(pid_t pid) { return ::kill(pid, 0) == 0; }

std::string state_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  return line.substr(line.rfind(')') + 2, 1);
}

// A process that makes calls until it is told to end.
class Attached : public Stat {
 protected:
  void SetUp() override {
    Stat::SetUp();
    ASSERT_TRUE(target_.read_line().has_value());
  }
  support::Child target_{{"sh", "-c", "echo ready; while kill -0 $$; do :; done"}};
};

TEST_F(Attached, SignalsCloseTheWindowAndLeaveTheTarget) {
  for (const int signal : {SIGINT, SIGTERM}) {
    support::Child stat(stat_of({"-p", std::to_string(target_.pid()), "-I", "50"}));
    ASSERT_TRUE(stat.read_line().has_value());
    ASSERT_TRUE(stat.read_line().has_value()) << "the first lap";
    stat.send_signal(signal);
    const auto result = stat.wait();
    EXPECT_EQ(result.status, support::exited(0)) << result.err;
    EXPECT_NE(result.out.find("system calls, all"), std::string::npos) << result.out;
    EXPECT_TRUE(is_alive(target_.pid()));
    EXPECT_NE(state_of(target_.pid()), "T");
  }
}

TEST_F(Attached, TimeoutClosesTheWindow) {
  const auto result =
      support::run(stat_of({"-p", std::to_string(target_.pid()), "--timeout", "200", "-j"}));
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  const json run = json::parse(result.out).at("runs").at(0);
  EXPECT_GT(calls_of(run).at("kill"), 10U);
  EXPECT_EQ(run.at("target").at("pids"), json({target_.pid()}));
  EXPECT_EQ(run.at("target").at("kind"), "pid");
  EXPECT_TRUE(is_alive(target_.pid()));
}

TEST_F(Attached, SeveralProcessesAreMeasuredAsOne) {
  support::Child other({"sh", "-c", "echo ready; while kill -0 $$; do :; done"});
  ASSERT_TRUE(other.read_line().has_value());
  const std::string both = std::to_string(target_.pid()) + "," + std::to_string(other.pid());
  const auto result = support::run(stat_of({"-p", both, "--timeout", "200", "-j"}));
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  const json run = json::parse(result.out).at("runs").at(0);
  EXPECT_EQ(run.at("target").at("pids"), json({target_.pid(), other.pid()}));
  EXPECT_EQ(run.at("target").at("threads"), 2);
  // It is not over before both are.
  support::Child stat(stat_of({"-p", both, "-I", "50", "-x", ","}));
  ASSERT_TRUE(stat.read_line().has_value());
  other.send_signal(SIGKILL);
  other.wait();
  ::usleep(200'000);
  EXPECT_TRUE(stat.running());
  target_.send_signal(SIGKILL);
  target_.wait();
  EXPECT_EQ(stat.wait().status, support::exited(0));
}

TEST_F(Attached, AThreadIsMeasuredAlone) {
  const auto result =
      support::run(stat_of({"-t", std::to_string(target_.pid()), "--timeout", "200", "-j"}));
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  const json run = json::parse(result.out).at("runs").at(0);
  EXPECT_GT(calls_of(run).at("kill"), 10U);
  EXPECT_EQ(run.at("target").at("kind"), "thread");
}

TEST_F(Attached, ItsEndClosesTheWindow) {
  support::Child stat(stat_of({"-p", std::to_string(target_.pid()), "-I", "50", "-x", ","}));
  ASSERT_TRUE(stat.read_line().has_value());
  target_.send_signal(SIGKILL);
  target_.wait();
  EXPECT_EQ(stat.wait().status, support::exited(0));
}

TEST_F(Attached, KillingMsgstatHarmsNothing) {
  support::Child stat(stat_of({"-p", std::to_string(target_.pid()), "-I", "50", "-x", ","}));
  ASSERT_TRUE(stat.read_line().has_value());
  stat.send_signal(SIGKILL);
  EXPECT_EQ(stat.wait().status, support::signaled(SIGKILL));
  EXPECT_TRUE(is_alive(target_.pid()));
  EXPECT_NE(state_of(target_.pid()), "T");
  const auto again =
      support::run(stat_of({"-p", std::to_string(target_.pid()), "--timeout", "100"}));
  EXPECT_EQ(again.status, support::exited(0)) << again.err;
}

// What reads perf's output reads ours.
TEST_F(Stat, PerfsOwnReaderOfItsJsonTakesOurs) {
  const std::string lint = "/usr/lib/perf-core/tests/shell/lib/perf_json_output_lint.py";
  SKIP_UNLESS((support::Requirement{"perf_lint", ::access(lint.c_str(), R_OK) == 0, errno, lint}));
  const auto check = [&lint](const Words& options, const std::string& rule) {
    const auto lines = support::run(
        stat_of(options + Words{"-j", "--perf-compat", "--", "sh", "-c", "sleep 0.1; true"}));
    ASSERT_EQ(lines.status, support::exited(0)) << lines.err;
    EXPECT_GT(std::count(lines.out.begin(), lines.out.end(), '\n'), 8);
    const auto said = support::run({"/usr/bin/python3", lint, rule}, {.input = lines.out});
    EXPECT_EQ(said.status, support::exited(0)) << said.out << said.err;
  };
  check({}, "--no-args");
  check({"-e", "cpu-clock"}, "--event");
  check({"-I", "50"}, "--interval");
  check({"-r", "2"}, "--no-args");
  check({"--per-thread"}, "--per-thread");
}

// commachecker of perf's tests/shell/stat+csv_output.sh.
TEST_F(Stat, CsvHasAsManyFieldsAsPerfs) {
  const auto check = [](const Words& options, long separators) {
    const auto result =
        support::run(stat_of(options + Words{"-x", ";", "--", "sh", "-c", "sleep 0.1"}));
    ASSERT_EQ(result.status, support::exited(0)) << result.err;
    std::istringstream lines(result.out);
    long count = 0;
    for (std::string line; std::getline(lines, line); ++count)
      EXPECT_EQ(std::count(line.begin(), line.end(), ';'), separators) << line;
    EXPECT_GT(count, 8);
  };
  check({"--perf-compat"}, 6);
  check({}, 6);
  check({"--perf-compat", "-I", "50"}, 7);
  check({"--perf-compat", "-r", "2"}, 7);
  check({"--perf-compat", "--per-thread"}, 7);
}

// The rows of the recording, and the lines of the csv report, are all of the total.
TEST_F(Stat, ThreadsAddUpInTheRecordingAndInItsReports) {
  const support::TemporaryDirectory directory;
  const std::string file = directory / "r.json";
  const std::string script = "for i in 1 2 3 4 5; do sh -c 'true; :' & done; wait";
  const auto stat =
      support::run(stat_of({"--per-thread", "-o", file, "-I", "20", "--", "sh", "-c", script}));
  ASSERT_EQ(stat.status, support::exited(0)) << stat.err;
  std::ifstream stream(file);
  Calls total;
  Calls by_thread;
  const json recording = json::parse(stream);
  for (const json& run : recording.at("runs")) {
    for (const auto& [name, count] : calls_of(run)) total[name] += count;
    for (const json& thread : run.at("by_thread"))
      for (const auto& [name, count] : calls_of(thread)) by_thread[name] += count;
  }
  EXPECT_EQ(by_thread, total);
  EXPECT_GE(total.at("clone"), 5U);

  const auto csv = support::run({support::msgstat(), "report", file, "--to", "csv"});
  ASSERT_EQ(csv.status, support::exited(0)) << csv.err;
  std::istringstream lines(csv.out);
  std::uint64_t in_csv = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto at = line.find(",thread-syscall,");
    if (at == std::string::npos || line.find(":clone,") == std::string::npos) continue;
    in_csv += std::stoull(line.substr(line.find(":clone,") + 7));
  }
  EXPECT_EQ(in_csv, total.at("clone"));
  const auto text = support::run({support::msgstat(), "report", file});
  EXPECT_NE(text.out.find("Threads that did something: "), std::string::npos) << text.out;
}

TEST_F(Stat, ReportPrintsWhatItPrinted) {
  const support::TemporaryDirectory directory;
  const std::string file = directory / "r.json";
  const auto stat = support::run(stat_of({"-o", file, "--", "true"}));
  ASSERT_EQ(stat.status, support::exited(0)) << stat.err;
  EXPECT_EQ(support::run({support::msgstat(), "report", file}).out, stat.out);
}

class StatRefuses : public testing::TestWithParam<BadInput> {};

TEST_P(StatRefuses, InOneClearLine) { e2e::expect_refused(stat_of(GetParam().words), GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    BadInput, StatRefuses,
    testing::Values(BadInput{{}, 2, "nothing to measure was named"},
                    BadInput{{"-p", "1", "--", "true"}, 2, "two targets"},
                    BadInput{{"-p", "abc"}, 2, "'abc' is no process id"},
                    BadInput{{"-p", "0"}, 2, "'0' is no process id"},
                    BadInput{{"-p", "-1"}, 2, "-1"},
                    BadInput{{"-p", "self"}, 2, "'self' is msgstat itself"},
                    BadInput{{"-p", "1", "-t", "1"}, 2, "two targets"},
                    BadInput{{"-t", "4194303"}, 1, "there is no thread 4194303"},
                    BadInput{{"--cgroup", "/nonexistent"}, 1, "/nonexistent"},
                    BadInput{{"-p", "4194303"}, 1, "there is no process 4194303"},
                    BadInput{{"-I", "0", "--", "true"}, 2, "--interval"},
                    BadInput{{"-r", "2", "-p", "1"}, 2, "-r repeats a command"},
                    BadInput{{"-x", ",", "-j", "--", "true"}, 2, "-x and -j"},
                    BadInput{{"--per-thread", "-r", "2", "--", "true"}, 2, "--per-thread"},
                    BadInput{{"--perf-compat", "--", "true"}, 2, "--perf-compat"},
                    BadInput{{"-e", "nosuch", "--", "true"}, 2, "unknown event 'nosuch'"},
                    BadInput{{"-o", "/nonexistent/r.json", "--", "true"}, 1, "/nonexistent/r.json"},
                    BadInput{{"--nosuch", "--", "true"}, 2, "nosuch"}));

TEST_F(Stat, SaysWhatIsWrongWithAKernelThreadAndAZombie) {
  std::ifstream name("/proc/2/comm");
  std::string comm;
  std::getline(name, comm);
  if (comm == "kthreadd") {
    const auto kernel = support::run(stat_of({"-p", "2"}));
    EXPECT_EQ(kernel.status, support::exited(1));
    EXPECT_NE(kernel.err.find("process 2 is a kernel thread"), std::string::npos) << kernel.err;
  }
  const pid_t zombie = ::fork();
  if (zombie == 0) ::_exit(0);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(zombie), &ended, WEXITED | WNOWAIT), 0);
  const auto dead = support::run(stat_of({"-p", std::to_string(zombie)}));
  EXPECT_EQ(dead.status, support::exited(1));
  EXPECT_NE(dead.err.find("is a zombie"), std::string::npos) << dead.err;
  ::waitpid(zombie, nullptr, 0);
}

}  // namespace
