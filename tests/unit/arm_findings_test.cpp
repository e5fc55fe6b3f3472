// What only one of two arms has, of rules whose thresholds are known: memory mapped for each
// message (mmap-churn, from 0.5 calls a message on).
#include "analysis/findings/group_findings.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "analysis/compare.hpp"
#include "analysis/render/text.hpp"
#include "analysis/render/text_comparison.hpp"

namespace {

using namespace msgstat::analysis;

msgstat::analysis::Run run_of(const std::string& arm, std::uint64_t repeat,
                              double mmap_per_message) {
  constexpr std::uint64_t kMessages = 100'000;
  msgstat::analysis::Run run;
  run.label = "asyncio";
  run.arm = arm;
  run.repeat = repeat;
  run.window.seconds = 1;
  run.unit = Unit{.name = "message", .source = "load", .count = kMessages, .uncertainty = 0};
  run.syscalls = {
      {.name = "recvfrom", .calls = kMessages},
      {.name = "mmap", .calls = static_cast<std::uint64_t>(mmap_per_message * kMessages)}};
  return run;
}

// Runs of `a` and `b` with so many mmap a message.
Recording recording_of(const std::vector<double>& a, const std::vector<double>& b) {
  Recording recording;
  recording.arms = {{.name = "a", .settings = {}}, {.name = "b", .settings = {}}};
  for (std::size_t i = 0; i < a.size(); ++i) recording.runs.push_back(run_of("a", i, a[i]));
  for (std::size_t i = 0; i < b.size(); ++i) recording.runs.push_back(run_of("b", i, b[i]));
  return recording;
}

ArmFindings found_in(const Recording& recording) { return compare_arms(recording).at(0).findings; }

TEST(ArmFindings, AreOfTheOneArmThatHasThem) {
  const ArmFindings found = found_in(recording_of({3, 3.1, 3}, {0, 0, 0}));
  ASSERT_EQ(found.only.size(), 1U);
  EXPECT_EQ(found.only[0].finding.id, "mmap-churn");
  EXPECT_EQ(found.only[0].arm, 0U);
  EXPECT_EQ(found.only[0].runs, (std::array<std::size_t, 2>{3, 0}));
  EXPECT_EQ(found.only[0].of, (std::array<std::size_t, 2>{3, 3}));
  EXPECT_FALSE(found.is_explained);
  EXPECT_EQ(found_in(recording_of({0, 0, 0}, {3, 3, 3})).only.at(0).arm, 1U);
}

TEST(ArmFindings, OfBothArmsAreNone) {
  EXPECT_TRUE(found_in(recording_of({3, 3, 3}, {2, 2, 2})).only.empty());
  EXPECT_TRUE(found_in(recording_of({0, 0, 0}, {0, 0, 0})).only.empty());
}

TEST(ArmFindings, ThatComeAndGoAreOfTheArmThatMostlyHasThem) {
  EXPECT_EQ(found_in(recording_of({3, 3, 3, 3}, {3, 0, 0, 0})).only.size(), 1U);
  EXPECT_TRUE(found_in(recording_of({3, 3, 3, 3}, {3, 3, 0, 0})).only.empty()) << "half as often";
  EXPECT_TRUE(found_in(recording_of({3, 3, 0, 0}, {0, 0, 0, 0})).only.empty()) << "in half only";
}

TEST(ArmFindings, OfRunsThatWereNotMeasuredAreNone) {
  Recording recording = recording_of({3, 3}, {0, 0});
  for (msgstat::analysis::Run& run : recording.runs) run.window.measured = run.arm == "a";
  EXPECT_TRUE(found_in(recording).only.empty());
}

TEST(ArmFindings, StandAtTheEndOfTheText) {
  const std::string text = render_text(recording_of({3, 3.1, 3}, {0, 0, 0}));
  const std::size_t at = text.find("   only a: memory is mapped and unmapped");
  ASSERT_NE(at, std::string::npos) << text;
  EXPECT_GT(at, text.find("asyncio: b against a: "));
  EXPECT_NE(text.find("in 3 of 3 runs of a, in 0 of 3 of b", at), std::string::npos) << text;
  EXPECT_NE(text.find("MALLOC_MMAP_THRESHOLD_=1048576", at), std::string::npos);
}

TEST(ArmFindings, AreInTheRecording) {
  const std::string json = to_json(recording_of({0, 0, 0}, {3, 3.1, 3}));
  EXPECT_NE(json.find("\"only_in\": \"b\""), std::string::npos) << json;
}

}  // namespace
