// The same programs on other kernels and another architecture: exact counts, the models, and
// hardware counters where there is a PMU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/vm/guest.hpp"

namespace {

using nlohmann::json;
using testing::ContainsRegex;
using testing::HasSubstr;
using vm::Guest;

std::string name_of(const testing::TestParamInfo<Guest>& info) {
  std::string name = std::string(info.param.arch) + "_" + info.param.series;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

// What one shell command of several in a guest has printed, and how it ended; -1: it did not run.
struct Outcome {
  int status = -1;
  std::string text;
};

struct Step {
  std::string name;
  std::string command;
};

constexpr const char* kBegin = "==== ";
constexpr const char* kEnd = "==== status ";

// One boot for all of them: in it the machine is busy with their work for longer than with its own.
std::map<std::string, Outcome> run_all(const Guest& guest, const std::vector<Step>& steps) {
  std::string script = "cd /tmp\n";
  for (const Step& step : steps)
    script.append("echo '")
        .append(kBegin)
        .append(step.name)
        .append("'\n(")
        .append(step.command)
        .append("\n) 2>&1\necho \"")
        .append(kEnd)
        .append("$?\"\n");
  const auto result = vm::run(guest, script);
  EXPECT_EQ(result.status, support::exited(0)) << result.out << result.err;
  std::map<std::string, Outcome> outcomes;
  Outcome* now = nullptr;
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) {
    if (now != nullptr && line.starts_with(kEnd)) {
      now->status = std::stoi(line.substr(std::string(kEnd).size()));
      now = nullptr;
    } else if (now == nullptr && line.starts_with(kBegin)) {
      now = &outcomes[line.substr(std::string(kBegin).size())];
    } else if (now != nullptr) {
      now->text += line + "\n";
    }
  }
  return outcomes;
}

// A file that the step printed after a line of "file".
json file_of(const Outcome& outcome) {
  return json::parse(outcome.text.substr(outcome.text.find("file\n") + 5));
}

// Those that need what a guest has not are left out by name, so that a skip is a failure here; and
// for quickness those whose subject differs least from kernel to kernel.
std::string kernel_tests(const Guest& guest) {
  const bool all = vm::extent() == vm::Extent::kAll;
  // perf and strace; compilers and Python; CMake; a PMU; memory for 19,000 threads
  std::string left_out =
      "agreement_test|examples_test|in_process_api_test|install_test|hardware_test|"
      "many_threads_test";
  // Syscall user dispatch is amd64's.
  if (!all || std::string(guest.arch) != "amd64") left_out += "|faults_test";
  if (!all)
    left_out +=
        "|cpu_events_test|in_process_test|laps_test|leftover_test|namespaces_test|per_thread_test|"
        "stacks_test|uring_test";
  return "export MSGSTAT_REQUIRE=all MSGSTAT_TEST_REPETITIONS=" + std::string(all ? "5" : "2") +
         "\nfailed=0 ran=0\nfor test in " + vm::build_of(guest) +
         "/tests/kernel/*_test; do\n  case ${test##*/} in " + left_out + R"() continue ;; esac
  $test --gtest_color=no --gtest_brief=1 --gtest_filter=-PythonStacks.*:*OfHardwareThatIsNotThere* ||
    { failed=1; echo "failed: $test"; }
  ran=$((ran + 1))
done
echo "programs: $ran"
exit $failed)";
}

// Calls a message that the sources of the models say.
const std::map<std::string, std::map<std::string, double>>& calls_of_models() {
  static const auto& calls = *new std::map<std::string, std::map<std::string, double>>{
      {"cpp_epoll", {{"recvfrom", 1}, {"write", 1}}},
      {"cpp_poll", {{"recvfrom", 1}, {"write", 1}}},
      {"cpp_th", {{"recvfrom", 1}, {"write", 1}}},
      {"cpp_pool", {{"recvfrom", 1}, {"write", 1}, {"epoll_ctl", 1}}}};
  return calls;
}

std::string bench(const std::string& msgstat) {
  std::string models;
  for (const auto& [model, calls] : calls_of_models()) models += model + " ";
  return msgstat + "bench " + models +
         "--connections 8 --duration 1 --warmup 0.3 -o r >t || { cat t; exit 1; }; echo file; cat "
         "r";
}

void expect_calls_of_models(const json& recording) {
  std::size_t measured = 0;
  for (const json& run : recording.at("runs")) {
    if (!run.at("window").at("measured").get<bool>()) continue;
    ++measured;
    const double messages = run.at("unit").at("count");
    const double connections = run.at("load").at("connections");
    const double loose = run.at("loss").at("in_flight_open").get<double>() +
                         run.at("loss").at("in_flight_close").get<double>() +
                         run.at("loss").at("on_cpu_open").get<double>() +
                         run.at("loss").at("on_cpu_close").get<double>() +
                         run.at("unit").at("uncertainty").get<double>();
    EXPECT_GT(messages, 100);
    for (const auto& [call, per_message] : calls_of_models().at(run.at("label")))
      EXPECT_NEAR(run.at("syscalls").at(call).at("calls").get<double>(), per_message * messages,
                  connections + loose)
          << run.at("label") << " " << call;
    EXPECT_EQ(run.at("counters").at("task-clock").at("state"), "counted");
    EXPECT_EQ(run.at("loss").at("map_full"), 0);
  }
  EXPECT_EQ(measured, calls_of_models().size());
}

class Kernel : public testing::TestWithParam<Guest> {};

TEST_P(Kernel, IsMeasuredExactlyAndSaysWhatItLacks) {
  const Guest& guest = GetParam();
  SKIP_UNLESS(vm::requirement(guest));
  const std::string msgstat = vm::build_of(guest) + "/bin/msgstat ";
  const std::string tiny = vm::build_of(guest) + "/tests/kernel/programs/tiny";
  // Lockdown last: nothing lifts it.
  const auto outcomes = run_all(
      guest,
      {{.name = "tests", .command = kernel_tests(guest)},
       {.name = "doctor", .command = msgstat + "doctor"},
       {.name = "units", .command = msgstat + "list units -p $$"},
       {.name = "stat", .command = msgstat + "stat -o r -- " + tiny + " >t; echo file; cat r"},
       {.name = "bench", .command = bench(msgstat)},
       {.name = "paranoid",
        .command = "echo 3 >/proc/sys/kernel/perf_event_paranoid\n"
                   "su -s /bin/sh nobody -c '" +
                   msgstat + "doctor'"},
       {.name = "lockdown",
        .command = "echo confidentiality >/sys/kernel/security/lockdown\n" + msgstat + "doctor; " +
                   msgstat + "stat -- " + tiny}});
  const auto outcome = [&outcomes](const std::string& name) {
    const auto found = outcomes.find(name);
    return found == outcomes.end() ? Outcome{} : found->second;
  };

  EXPECT_EQ(outcome("tests").status, 0) << outcome("tests").text;
  EXPECT_THAT(outcome("tests").text, ContainsRegex("programs: [1-9]"));

  EXPECT_EQ(outcome("doctor").status, 0) << outcome("doctor").text;
  EXPECT_THAT(outcome("doctor").text, HasSubstr("7 of 7 known calls counted"));
  EXPECT_THAT(outcome("doctor").text,
              HasSubstr("System calls and software events can be counted here."));

  // The tracepoint is of Linux 6.3.
  const bool has_tracepoint = std::string(guest.series) != "6.1";
  EXPECT_THAT(
      outcome("units").text,
      HasSubstr(has_tracepoint ? "by tracepoint sock:sock_recv_length\n" : "before kernel 6.3"));

  ASSERT_EQ(outcome("stat").status, 0) << outcome("stat").text;
  const json calls = file_of(outcome("stat")).at("runs").at(0).at("syscalls");
  EXPECT_EQ(calls.at("getppid").at("calls"), 7);

  ASSERT_EQ(outcome("bench").status, 0) << outcome("bench").text;
  expect_calls_of_models(file_of(outcome("bench")));

  EXPECT_THAT(outcome("paranoid").text, HasSubstr("nothing is counted for who has no CAP_PERFMON"));
  EXPECT_THAT(outcome("lockdown").text,
              HasSubstr("confidentiality: BPF may not read kernel memory"));
  // Columns break lines.
  EXPECT_THAT(outcome("lockdown").text,
              ContainsRegex("<not counted> +system calls[^<]*locked[[:space:]]+down"));
}

INSTANTIATE_TEST_SUITE_P(Guests, Kernel,
                         testing::Values(Guest{"amd64", "6.1"}, Guest{"amd64", "6.12"},
                                         Guest{"arm64", "6.1"}, Guest{"arm64", "6.12"}),
                         name_of);

// tests/kernel/hardware_test.cpp, where instructions take a fixed time.
class HardwareCounters : public testing::TestWithParam<Guest> {};

TEST_P(HardwareCounters, AreExact) {
  SKIP_UNLESS(vm::requirement(GetParam()));
  const auto result =
      vm::run(GetParam(), "export MSGSTAT_REQUIRE=all MSGSTAT_CYCLES_PER_INSTRUCTION=2; " +
                              vm::build_of(GetParam()) +
                              "/tests/kernel/hardware_test --gtest_color=no --gtest_brief=1");
  EXPECT_EQ(result.status, support::exited(0)) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("[  PASSED  ]"));
}

INSTANTIATE_TEST_SUITE_P(Guests, HardwareCounters,
                         testing::Values(Guest{"arm64", "6.1", true}, Guest{"arm64", "6.12", true}),
                         name_of);

}  // namespace
