// msgstat bench --suite, and benches of as many connections as a process may have.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/e2e/bad_input.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using e2e::BadInput;
using nlohmann::json;
using Words = std::vector<std::string>;

std::uint64_t descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_max;
}

Words bench_of(const Words& more) {
  Words words = {support::msgstat(), "bench", "--duration=0.5", "--warmup=0.2"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

support::Result bench(const Words& more) { return support::run(bench_of(more)); }

class Scale : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { SKIP_UNLESS(support::bpf()); }
};

// As many connections as were asked for, or as the server may open descriptors, and said so.
TEST_P(Scale, TwentyThousandConnectionsAreServedOrTheLimitIsSaid) {
  constexpr std::uint64_t kAsked = 20'000;
  const auto result = bench({GetParam(), "--connections=20000", "-j"});
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  const json recording = json::parse(result.out);
  ASSERT_EQ(recording.at("runs").size(), 2U);
  for (const json& run : recording.at("runs")) {
    const json& load = run.at("load");
    const auto connections = load.at("connections").get<std::uint64_t>();
    if (descriptor_limit() > kAsked + 1000) {
      EXPECT_EQ(connections, kAsked);
      EXPECT_TRUE(load.at("asked").is_null());
    } else {
      EXPECT_LT(connections, descriptor_limit());
      EXPECT_GT(connections, descriptor_limit() - 100);
      EXPECT_EQ(load.at("asked").at("connections"), kAsked);
      EXPECT_NE(
          load.at("asked").at("reason").get<std::string>().find(std::to_string(descriptor_limit())),
          std::string::npos);
    }
    EXPECT_GT(run.at("unit").at("count").get<std::uint64_t>(), 0U);
  }
  const json& measured = recording["runs"][1];
  if (std::string(GetParam()) == "cpp_th") {
    EXPECT_EQ(measured.at("target").at("threads").get<std::uint64_t>(),
              measured.at("load").at("connections").get<std::uint64_t>() + 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Of, Scale, testing::Values("cpp_epoll", "cpp_th"),
                         [](const auto& model) { return std::string(model.param); });

TEST_F(Scale, AModelOfFewerConnectionsRunsWithThose) {
  const support::TemporaryDirectory directory;
  const std::string file = directory / "r.json";
  const auto result = bench({"cpp_select", "--connections=1100", "-o", file});
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  EXPECT_NE(result.out.find("1,000 connections of 1,100 asked for (the model takes no more)"),
            std::string::npos)
      << result.out;
}

class Suite : public testing::Test {
 protected:
  void SetUp() override { SKIP_UNLESS(support::bpf()); }
};

TEST_F(Suite, SlidesPutsTheDecksFiguresBesideOursAndReportsThemAgain) {
  const support::TemporaryDirectory directory;
  const std::string file = directory / "slides.json";
  const auto result =
      bench({"--suite=slides", "--quick", "cpp_epoll", "--repeat=2", "--seed=1", "-o", file});
  ASSERT_EQ(result.status, support::exited(0)) << result.err;

  const auto line_of = [&result](const std::string& start, std::size_t from) {
    const std::size_t at = result.out.find(start, from);
    return at == std::string::npos ? std::string()
                                   : result.out.substr(at, result.out.find('\n', at) - at);
  };
  const std::size_t slide = result.out.find("the same, cpp_epoll");
  ASSERT_NE(slide, std::string::npos) << result.out;
  const std::string calls = line_of("recvfrom per message", slide);
  EXPECT_NE(calls.find("1.000"), std::string::npos) << calls;  // 2,921,954 / 2,921,753
  EXPECT_NE(calls.find("agrees (fixed)"), std::string::npos) << calls;
  EXPECT_NE(line_of("futex per message", 0).find("not run"), std::string::npos) << result.out;

  const json recording =
      json::parse(support::run({support::msgstat(), "report", file, "--to", "json"}).out);
  EXPECT_EQ(recording.at("suite"), "slides");
  std::vector<std::string> arms;
  for (const json& run : recording.at("runs")) {
    EXPECT_EQ(run.at("label"), "cpp_epoll");
    arms.push_back(run.at("arm"));
  }
  for (const char* arm : {"20", "200", "20000"})  // bare and measured, twice
    EXPECT_EQ(std::count(arms.begin(), arms.end(), arm), 4) << arm;
  EXPECT_EQ(support::run({support::msgstat(), "report", file}).out, result.out);
}

class SuiteRefuses : public testing::TestWithParam<BadInput> {};

TEST_P(SuiteRefuses, InOneClearLine) {
  e2e::expect_refused(bench_of(GetParam().words), GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    BadInput, SuiteRefuses,
    testing::Values(BadInput{{"--suite=nosuch"}, 2, "there is no suite 'nosuch'"},
                    BadInput{{"--suite=slides", "libuv"}, 2, "has no model 'libuv'"},
                    BadInput{{"--suite=slides", "--arm=a:server-cpus=0"}, 2, "without --arm"},
                    BadInput{{"cpp_epoll", "--quick"}, 2, "--quick is for a suite"}));

}  // namespace
