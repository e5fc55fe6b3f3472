// The same programs on other kernels and another architecture: exact counts, the models, and
// hardware counters where there is a PMU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/vm/guest.hpp"

namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using vm::Guest;

class Kernel : public testing::TestWithParam<Guest> {
 protected:
  void SetUp() override { SKIP_UNLESS(vm::requirement(GetParam())); }

  [[nodiscard]] static std::string bin() { return vm::build_of(GetParam()) + "/bin/msgstat "; }
};

std::string name_of(const testing::TestParamInfo<Guest>& info) {
  std::string name = std::string(info.param.arch) + "_" + info.param.series;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

// Those that need what a guest has not are left out by name, so that a skip is a failure here.
TEST_P(Kernel, PassesTheKernelTests) {
  const auto result = vm::run(GetParam(), R"(
export MSGSTAT_REQUIRE=all MSGSTAT_TEST_REPETITIONS=5
failed=0
for test in )" + vm::build_of(GetParam()) + R"(/tests/kernel/*_test; do
  case ${test##*/} in
    # perf and strace; compilers and Python; CMake; a PMU; memory for 19,000 threads
    agreement_test|examples_test|in_process_api_test|install_test|hardware_test|many_threads_test)
      continue ;;
  esac
  $test --gtest_color=no --gtest_brief=1 || { failed=1; echo "failed: $test"; }
  ran=$((ran + 1))
done
echo "programs: $ran"
exit $failed)");
  EXPECT_EQ(result.status, support::exited(0)) << result.out << result.err;
  EXPECT_THAT(result.out, Not(HasSubstr("programs: 0")));
  EXPECT_THAT(result.out, HasSubstr("programs: "));
}

TEST_P(Kernel, HasADoctorWhoFindsAllButAPmu) {
  const auto result = vm::run(GetParam(), bin() + "doctor");
  EXPECT_EQ(result.status, support::exited(0)) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("7 of 7 known calls counted"));
  EXPECT_THAT(result.out, HasSubstr("System calls and software events can be counted here."));
}

// Calls a message that the sources of the models say.
TEST_P(Kernel, BenchesTheModelsOverItsLoopback) {
  const std::map<std::string, std::map<std::string, double>> expected = {
      {"cpp_epoll", {{"recvfrom", 1}, {"write", 1}}},
      {"cpp_poll", {{"recvfrom", 1}, {"write", 1}}},
      {"cpp_th", {{"recvfrom", 1}, {"write", 1}}},
      {"cpp_pool", {{"recvfrom", 1}, {"write", 1}, {"epoll_ctl", 1}}}};
  std::string models;
  for (const auto& [model, calls] : expected) models += model + " ";
  const auto result =
      vm::run(GetParam(), bin() + "bench " + models +
                              "--connections 8 --duration 1 --warmup 0.3 -o /tmp/r >/tmp/t 2>&1 || "
                              "{ cat /tmp/t; exit 1; }; echo begin; cat /tmp/r; echo; echo end");
  ASSERT_EQ(result.status, support::exited(0)) << result.out << result.err;
  const std::size_t begin = result.out.find("begin\n") + 6;
  const json recording = json::parse(result.out.substr(begin, result.out.rfind("end\n") - begin));
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
    for (const auto& [call, per_message] : expected.at(run.at("label")))
      EXPECT_NEAR(run.at("syscalls").at(call).at("calls").get<double>(), per_message * messages,
                  connections + loose)
          << run.at("label") << " " << call;
    EXPECT_EQ(run.at("counters").at("task-clock").at("state"), "counted");
    EXPECT_EQ(run.at("loss").at("map_full"), 0);
  }
  EXPECT_EQ(measured, expected.size());
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
