// msgstat compare, on recordings that the test writes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

json run_of(const std::string& arm, std::size_t repeat, double futex) {
  constexpr std::uint64_t kMessages = 1000000;
  return {
      {"label", "thread"},
      {"arm", arm},
      {"repeat", repeat},
      {"window", {{"seconds", 10.0}, {"measured", true}}},
      {"unit", {{"name", "message"}, {"source", "load"}, {"count", kMessages}, {"uncertainty", 0}}},
      {"syscalls",
       {{"recvfrom", {{"calls", kMessages}, {"failed", 0}}},
        {"futex",
         {{"calls", static_cast<std::uint64_t>(std::llround(futex * kMessages))},
          {"failed", 0}}}}}};
}

class Compare : public testing::Test {
 protected:
  std::string write(const std::string& name, const json& runs) {
    std::string file = directory_ / name;
    std::ofstream(file) << json{{"schema", "msgstat.recording/1"}, {"runs", runs}};
    return file;
  }
  std::string write(const std::string& name, const std::string& arm,
                    const std::vector<double>& futex) {
    json runs = json::array();
    for (std::size_t i = 0; i < futex.size(); ++i) runs.push_back(run_of(arm, i, futex[i]));
    return write(name, runs);
  }
  static support::Result compare(Words words) {
    words.insert(words.begin(), {support::msgstat(), "compare"});
    return support::run(words);
  }
  static void expect_refused(const Words& words, int status, const std::string& said) {
    const auto result = compare(words);
    EXPECT_EQ(result.status, support::exited(status)) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_NE(result.err.find(said), std::string::npos) << result.err;
  }

  support::TemporaryDirectory directory_;
};

TEST_F(Compare, TwoRecordingsAreMeasuredApart) {
  const auto before = write("before.json", "", {1, 1.02, 0.98, 1.01, 0.99});
  const auto after = write("after.json", "", {1.3, 1.32, 1.28, 1.31});
  const auto result = compare({before, after});
  EXPECT_EQ(result.status, support::exited(0)) << result.err;
  EXPECT_NE(result.out.find("5 and 4 runs, measured apart: Welch's t"), std::string::npos)
      << result.out;
  EXPECT_NE(result.out.find("futex/msg rises by 30 %, from 1.00 to 1.30"), std::string::npos)
      << result.out;
}

TEST_F(Compare, FailsOnlyWhenALimitIsExceededSignificantly) {
  const auto before = write("before.json", "", {1, 1.02, 0.98, 1.01, 0.99});
  const auto after = write("after.json", "", {1.3, 1.32, 1.28, 1.31, 1.29});
  EXPECT_EQ(compare({before, after, "--fail-if", "futex/msg > +10%"}).status, support::exited(1));
  EXPECT_EQ(compare({before, after, "--fail-if", "futex/msg>40%"}).status, support::exited(0));
  EXPECT_EQ(compare({after, before, "--fail-if", "futex/msg < -10%"}).status, support::exited(1));
  EXPECT_EQ(compare({before, after, "--fail-if", "messages/s < -5%"}).status, support::exited(0));
  // A third more in the mean, and no more than chance.
  const auto noisy = write("noisy.json", "", {0.4, 2.4, 0.9, 2.1, 0.85});
  EXPECT_EQ(compare({before, noisy, "--fail-if", "futex/msg > +10%"}).status, support::exited(0));
  // A call that neither makes.
  EXPECT_EQ(compare({before, after, "--fail-if", "mmap/msg > +10%"}).status, support::exited(0));
}

TEST_F(Compare, SaysWhichLimitFailed) {
  const auto before = write("before.json", "", {1, 1.02, 0.98, 1.01, 0.99});
  const auto after = write("after.json", "", {1.3, 1.32, 1.28, 1.31, 1.29});
  const auto result =
      compare({before, after, "--fail-if", "futex/msg > +10%", "--fail-if", "recvfrom/msg > +1%"});
  EXPECT_EQ(result.status, support::exited(1));
  EXPECT_NE(result.out.find(" FAILED  futex/msg > +10%"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find(" passed  recvfrom/msg > +1%"), std::string::npos) << result.out;
}

TEST_F(Compare, RecordingsTakenInTurnArePaired) {
  // Both drift far more than they differ: only pairs can tell.
  const auto before = write("before.json", "", {1, 2, 4, 8});
  const auto after = write("after.json", "", {1.21, 2.4, 4.82, 9.6});
  const json apart = json::parse(compare({before, after, "-j"}).out);
  const json paired = json::parse(compare({before, after, "-j", "--paired"}).out);
  const auto verdict = [](const json& all) {
    const auto found = std::find_if(
        all.begin(), all.end(), [](const json& one) { return one.at("metric") == "futex/msg"; });
    return found->at("verdict").get<std::string>();
  };
  EXPECT_EQ(verdict(apart), "undecided");
  EXPECT_EQ(verdict(paired), "changed");
}

TEST_F(Compare, NamesTheFindingsThatOnlyOneRecordingHas) {
  const auto with_mmap = [this](const std::string& name, std::uint64_t mmap) {
    json runs = json::array();
    for (std::size_t i = 0; i < 4; ++i) {
      runs.push_back(run_of("", i, 1 + 0.01 * static_cast<double>(i)));
      runs.back()["syscalls"]["mmap"] = {{"calls", mmap + i}, {"failed", 0}};
    }
    return write(name, runs);
  };
  const auto before = with_mmap("before.json", 2'000'000);
  const auto after = with_mmap("after.json", 100);
  const auto result = compare({before, after});
  EXPECT_EQ(result.status, support::exited(0)) << result.err;
  // Lines are broken between words.
  std::string words;
  for (const char letter : result.out)
    if (letter != '\n' && (letter != ' ' || !words.ends_with(' '))) words += letter;
  EXPECT_NE(words.find("only " + before + ": memory is mapped and unmapped"), std::string::npos)
      << result.out;
  EXPECT_NE(words.find("in 4 of 4 runs of " + before), std::string::npos) << result.out;
  EXPECT_EQ(words.find("only " + after), std::string::npos) << result.out;
  const auto same = compare({before, with_mmap("same.json", 2'000'010)});
  EXPECT_EQ(same.out.find("only /"), std::string::npos) << same.out;
}

TEST_F(Compare, RefusesWhatCannotBeCompared) {
  const auto one = write("one.json", "", {1, 1.1});
  const auto other = write("other.json", "", {2, 2.1, 2.2});
  const auto single = write("single.json", "", {3});
  json foreign = json::array({run_of("", 0, 1)});
  foreign[0]["label"] = "redis";
  foreign.push_back(run_of("x", 0, 1));
  const auto third = write("third.json", foreign);
  const std::string later = directory_ / "later.json";
  std::ofstream(later) << R"({"schema": "msgstat.recording/2", "runs": []})";

  expect_refused({one}, 2, "has no two arms to compare");
  expect_refused({one, one}, 2, "are the same recording");
  expect_refused({one, third}, 1, "no model in the same arm in common");
  expect_refused({one, later}, 1, "its schema is");
  expect_refused({one, directory_ / "absent.json"}, 1, "absent.json");
  expect_refused({one, other, "--fail-if", "nosuch/msg > 1%"}, 2, "nothing is called 'nosuch/msg'");
  expect_refused({one, single, "--fail-if", "futex/msg > 1%"}, 2, "cannot be tested");
  for (const char* limit : {"", "futex/msg", "futex/msg > 10", "futex/msg > x%", "> 10%",
                            "futex/msg >", "futex/msg < -100%", "a > 1% > 2%", "futex/msg > +-1%"})
    expect_refused({one, other, "--fail-if", limit}, 2, "is no limit");
  EXPECT_EQ(compare({}).status, support::exited(2));
}

}  // namespace
