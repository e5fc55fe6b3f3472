// Several units of work in one window: the first divides, all are counted. The truth is the
// program's text.
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

Words operator+(Words left, const Words& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

// 499 calls of getppid, 211 messages each of which is sent once and received once.
const Words kWork = {"/usr/bin/python3", "-I", "-S", "-c", R"(
import os, socket, time
for i in range(499): os.getppid()
a, b = socket.socketpair()
for i in range(211):
    a.send(b'x'); b.recv(1)
    if i % 50 == 0: time.sleep(0.02)
)"};

const Words kUnits = {"--unit", "syscall:getppid", "--unit", "sock:recv", "--unit", "sock:send"};

class StatUnits : public testing::Test {
 protected:
  void SetUp() override { SKIP_UNLESS(support::bpf()); }

  support::Result stat(const Words& options) const {
    auto result = support::run(Words{support::msgstat(), "stat", "-e", "task-clock", "-o", file_} +
                               options + Words{"--"} + kWork);
    EXPECT_EQ(result.status, support::exited(0)) << result.err;
    return result;
  }
  [[nodiscard]] json recorded() const {
    std::ifstream stream(file_);
    return json::parse(stream);
  }

  support::TemporaryDirectory directory_;
  std::string file_ = directory_ / "r.json";
};

TEST_F(StatUnits, AreAllRecordedAndTheFirstDivides) {
  stat(kUnits);
  const json run = recorded().at("runs").at(0);
  EXPECT_EQ(run.at("unit").at("source"), "syscall:getppid");
  EXPECT_EQ(run.at("unit").at("count"), 499);
  ASSERT_EQ(run.at("units").size(), 3U);
  std::map<std::string, std::uint64_t> counts;
  for (const json& units : run.at("units")) {
    counts[units.at("source")] = units.at("count");
    EXPECT_EQ(units.at("reason"), "");
    EXPECT_NE(units.at("counted_by"), "");
  }
  EXPECT_EQ(counts, (std::map<std::string, std::uint64_t>{
                        {"syscall:getppid", 499}, {"sock:recv", 211}, {"sock:send", 211}}));
  EXPECT_EQ(run.at("units").at(0).at("per_unit"), 1.0);
  EXPECT_EQ(run.at("units").at(1).at("per_unit"), 211.0 / 499);
}

TEST_F(StatUnits, ArePrintedWithTheirRates) {
  const auto printed = stat(kUnits);
  for (const char* line :
       {"getppids, syscall:getppid\n", "receives, sock:recv\n", "sends, sock:send\n", "/s "})
    EXPECT_NE(printed.out.find(line), std::string::npos) << line << "\n" << printed.out;
  EXPECT_EQ(support::run({support::msgstat(), "report", file_}).out, printed.out);
}

TEST_F(StatUnits, OfLapsAddUp) {
  const auto printed = stat(kUnits + Words{"-I", "10"});
  EXPECT_NE(printed.out.find("/second      sends\n"), std::string::npos) << printed.out;
  std::map<std::string, std::uint64_t> sums;
  const json laps = recorded().at("runs");
  EXPECT_GT(laps.size(), 2U);
  for (const json& lap : laps)
    for (const json& units : lap.at("units"))
      sums[units.at("source")] += units.at("count").get<std::uint64_t>();
  EXPECT_EQ(sums, (std::map<std::string, std::uint64_t>{
                      {"syscall:getppid", 499}, {"sock:recv", 211}, {"sock:send", 211}}));
  const auto total = support::run({support::msgstat(), "report", file_});
  EXPECT_NE(total.out.find("             211 "), std::string::npos) << total.out;
}

TEST_F(StatUnits, HaveALineEachOfPerfsForm) {
  const auto printed = stat(kUnits + Words{"-x", ","});
  EXPECT_NE(printed.out.find("499,,unit:syscall:getppid,"), std::string::npos) << printed.out;
  EXPECT_NE(printed.out.find("211,,unit:sock:recv,"), std::string::npos);
  EXPECT_NE(printed.out.find("211,,unit:sock:send,"), std::string::npos);
}

// One that cannot be counted does not take the others with it.
TEST_F(StatUnits, ThatCannotBeCountedSayWhy) {
  SKIP_UNLESS(support::root());
  const std::string without_tracefs =
      "mount -t tmpfs none /sys/kernel/tracing && mount -t tmpfs none /sys/kernel/debug";
  const auto result = support::run(
      Words{"unshare", "--mount", "sh", "-c", without_tracefs + " && exec \"$@\"", "sh",
            support::msgstat(), "stat", "-e", "task-clock", "-o", file_, "--unit", "sock:recv",
            "--unit", "tracepoint:syscalls:sys_enter_getppid", "--"} +
      kWork);
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  const json run = recorded().at("runs").at(0);
  EXPECT_EQ(run.at("unit").at("count"), 211);
  EXPECT_TRUE(run.at("units").at(1).at("count").is_null());
  EXPECT_NE(run.at("units").at(1).at("reason").get<std::string>().find("need tracefs"),
            std::string::npos);
  EXPECT_NE(result.out.find("<not counted>"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("others need tracefs"), std::string::npos) << result.out;
}

}  // namespace
