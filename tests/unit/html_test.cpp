// The report as a page: what gets into it is text, it is valid HTML 5, and it asks for nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

#include "analysis/render/format.hpp"
#include "analysis/render/html/chart.hpp"
#include "analysis/render/html/hand_off_flows.hpp"
#include "analysis/render/html/markup.hpp"
#include "analysis/render/html/scale.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/unit/recording_fixture.hpp"

namespace {

using namespace msgstat::analysis;
using html::element;
using html::Scale;

Recording recorded(const std::string& name) {
  return load_recording(support::source_directory() / "tests/data" / name);
}

std::string page_of(const Recording& recording) {
  return find_format("html").render(recording, {});
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t times = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++times;
  return times;
}

TEST(Markup, OfTextAndOfAttributesIsNone) {
  EXPECT_EQ(html::text("<b>&\"'\n\x1b\xff").html(),
            "&lt;b&gt;&amp;&quot;&#39;\\n\\x1b\xef\xbf\xbd");
  EXPECT_EQ(element("p", {{"title", "\"><script>"}}, "a<b").html(),
            "<p title=\"&quot;&gt;&lt;script&gt;\">a&lt;b</p>");
  EXPECT_EQ(element("rect", {{"x", 1.25}, {"y", -0.01}, {"width", 3}}).html(),
            "<rect x=\"1.2\" y=\"0\" width=\"3\"></rect>");
  EXPECT_EQ(element("meta", {{"charset", "utf-8"}}).html(), "<meta charset=\"utf-8\">\n");
}

TEST(Scale, HasRoundTicksThatHoldTheValues) {
  const Scale scale = Scale::linear(0, 8.31, 100, 500);
  EXPECT_EQ(scale.ticks(), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  EXPECT_DOUBLE_EQ(scale.at(0), 100);
  EXPECT_DOUBLE_EQ(scale.at(5), 300);
  EXPECT_DOUBLE_EQ(scale.at(99), 500) << "put at the end";
  EXPECT_EQ(scale.label(2), "2");
  EXPECT_EQ(Scale::linear(0, 0.7, 0, 1).label(0.2), "0.2");
  EXPECT_EQ(Scale::linear(0, 187'000, 0, 1).label(50'000), "50,000");
}

TEST(Scale, OfOneValueOrNoneIsStillOne) {
  for (const double value : {0.0, 5.0, -3.0}) {
    const Scale scale = Scale::linear(value, value, 0, 1);
    EXPECT_TRUE(std::isfinite(scale.at(value))) << value;
    EXPECT_GE(scale.ticks().size(), 2U) << value;
  }
}

TEST(Scale, LogarithmicHasEqualStepsForEqualRatios) {
  const Scale scale = Scale::logarithmic(0.01, 100, 0, 400);
  EXPECT_NEAR(scale.at(1), 200, 1e-9);
  EXPECT_NEAR(scale.at(10) - scale.at(1), 100, 1e-9);
  EXPECT_EQ(scale.ticks().size(), 5U);
}

TEST(HandOffFlows, OfEachColumnAddUpToAllHandOffs) {
  const Recording recording = recorded("explained.json");
  std::size_t looked_at = 0;
  for (const msgstat::analysis::Run& run : recording.runs) {
    if (!run.futex) continue;
    double total = 0;
    for (const auto& word : run.futex->words) total += static_cast<double>(word.hand_offs);
    const html::HandOffFlows flows = html::flows_of(run);
    EXPECT_EQ(flows.total, total);
    for (const auto* nodes : {&flows.wakers, &flows.words, &flows.waiters}) {
      double sum = 0;
      for (const auto& node : *nodes) sum += node.count;
      EXPECT_EQ(sum, total);
    }
    looked_at += total > 0 ? 1 : 0;
  }
  EXPECT_GE(looked_at, 3U);
}

TEST(HandOffFlows, KeepWhatCouldNotBeToldApart) {
  Recording recording = recorded("explained.json");
  auto run = std::find_if(recording.runs.begin(), recording.runs.end(), [](const auto& one) {
    return one.futex && !one.futex->hand_offs.empty();
  });
  ASSERT_NE(run, recording.runs.end());
  run->futex->hand_offs.clear();
  const html::HandOffFlows flows = html::flows_of(*run);
  ASSERT_EQ(flows.wakers.size(), 1U);
  EXPECT_EQ(flows.wakers[0].label, "not told apart");
  EXPECT_EQ(flows.wakers[0].count, flows.total);
}

TEST(Page, AsksForNothingAndRunsNothing) {
  for (const char* name : {"repeated.json", "single.json", "explained.json"}) {
    const std::string page = page_of(recorded(name));
    EXPECT_EQ(count(page, "<script"), 0U) << name;
    EXPECT_EQ(
        count(page, "http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;"),
        1U);
    for (const char* outside : {"http:", "https:", "url(", "@import", " src=", "<link"})
      EXPECT_EQ(count(page, outside), 0U) << name << ": " << outside;
  }
}

TEST(Page, SaysHowToGetWhatTheRecordingLacks) {
  Recording recording = recorded("single.json");
  EXPECT_NE(page_of(recording).find("no two arms with more than one run"), std::string::npos);
  for (msgstat::analysis::Run& run : recording.runs) {
    run.syscalls.reset();
    run.latency_us.reset();
    run.cpu.reset();
    run.unit.reset();
  }
  const std::string page = page_of(recording);
  for (const html::Chart& chart : html::charts())
    EXPECT_EQ(count(page, std::string(chart.otherwise.text.substr(0, 30))), 1U) << chart.title.text;
  recording.runs.clear();
  EXPECT_NE(page_of(recording).find("Nothing was measured."), std::string::npos);
}

TEST(Page, IsTheSameAfterItsRecordingWasSaved) {
  const Recording recording = fixture::small_recording();
  EXPECT_EQ(page_of(from_json(to_json(recording), "it")), page_of(recording));
}

// html5lib in its strict mode throws at the first error of the HTML standard's parser.
TEST(Page, IsValidHtml) {
  SKIP_UNLESS((support::Requirement{
      "html5lib", std::filesystem::exists("/usr/lib/python3/dist-packages/html5lib"), 0,
      "Debian's python3-html5lib"}));
  const char* script = R"(
import sys, html5lib
document = html5lib.HTMLParser(strict=True).parse(sys.stdin.buffer.read())
print(len(document.findall(".//{http://www.w3.org/2000/svg}svg")))
)";
  Recording hostile = fixture::small_recording();
  hostile.runs[0].label = hostile.runs[0].arm = "</title><svg><style>\"'&amp;\x02\xff";
  hostile.command = {"--><!--", "]]>"};
  for (const Recording& recording : {recorded("repeated.json"), recorded("single.json"),
                                     recorded("explained.json"), hostile, Recording{}}) {
    const auto result =
        support::run({"/usr/bin/python3", "-c", script}, {.input = page_of(recording)});
    EXPECT_EQ(result.status, support::exited(0)) << result.err;
    if (!recording.runs.empty()) {
      EXPECT_GT(std::stoi(result.out), 3) << "pictures";
    }
  }
}

}  // namespace
