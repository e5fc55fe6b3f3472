// The formats for other programs, read by those programs: Google Benchmark's compare.py, perf's
// linter, Python's csv.
#include "analysis/render/format.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/recording_fixture.hpp"

namespace {

using namespace msgstat::analysis;

constexpr const char* kPython = "/usr/bin/python3";
constexpr const char* kCompare = "/usr/share/benchmark/compare.py";
constexpr const char* kLinter = "/usr/lib/perf-core/tests/shell/lib/perf_json_output_lint.py";

support::Requirement file(const std::string& feature, const std::string& path) {
  return {feature, std::filesystem::exists(path), 0, path};
}

std::string render(const std::string& format, const Recording& recording) {
  return find_format(format).render(recording, {});
}

Recording repeated() {
  return load_recording(support::source_directory() / "tests/data/repeated.json");
}

Recording hostile() {
  Recording recording = fixture::small_recording();
  const std::string evil = "a,b\"c|d\n<script>*x*\x1b[2J\xff";
  msgstat::analysis::Run& run = recording.runs[0];
  run.label = run.arm = run.unit->name = evil;
  for (Counter& counter : run.counters) counter.name += evil;
  for (Syscall& syscall : *run.syscalls) syscall.name += evil;
  return recording;
}

// Recorded without --per-thread.
Recording in_sum(Recording recording) {
  for (msgstat::analysis::Run& run : recording.runs) run.by_thread = {};
  return recording;
}

class BenchmarkJson : public testing::Test {
 protected:
  void SetUp() override { SKIP_UNLESS(file("compare.py", kCompare)); }
  std::string write(const std::string& name, const Recording& recording) {
    std::string path = directory_ / name;
    std::ofstream(path) << render("benchmark-json", recording);
    return path;
  }
  support::TemporaryDirectory directory_;
};

TEST_F(BenchmarkJson, IsComparedByGoogleBenchmark) {
  Recording slower = repeated();
  for (msgstat::analysis::Run& run : slower.runs) run.window.seconds *= 1.5;
  const auto result = support::run({kPython, kCompare, "--no-color", "benchmarks",
                                    write("a.json", repeated()), write("b.json", slower)});
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  // Half as long again for each message.
  EXPECT_NE(result.out.find("thread/pinned"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("+0.5000"), std::string::npos) << result.out;
}

TEST_F(BenchmarkJson, OfHostileNamesIsReadToo) {
  const std::string path = write("a.json", hostile());
  const auto result = support::run({kPython, kCompare, "--no-color", "benchmarks", path, path});
  EXPECT_EQ(result.status, support::exited(0)) << result.err;
}

void expect_linted(const Recording& recording, const std::string& way) {
  const std::string text = render("perf-json", recording);
  EXPECT_FALSE(text.empty());
  const auto result = support::run({kPython, kLinter, way}, {.input = text});
  EXPECT_EQ(result.status, support::exited(0)) << result.err << text;
}

TEST(PerfJson, PassesPerfsOwnLinter) {
  SKIP_UNLESS(file("perf_json_output_lint", kLinter));
  for (const Recording& recording :
       {repeated(), in_sum(fixture::small_recording()), in_sum(hostile())})
    expect_linted(recording, "--no-args");
}

TEST(PerfJson, OfThreadsPassesTheLinterToo) {
  SKIP_UNLESS(file("perf_json_output_lint", kLinter));
  for (const Recording& recording : {fixture::small_recording(), hostile()})
    expect_linted(recording, "--per-thread");
}

TEST(PerfJson, SaysWhatIsNotSupported) {
  const std::string text = render("perf-json", in_sum(fixture::small_recording()));
  EXPECT_NE(text.find(R"("counter-value" : "<not supported>", "unit" : "", "event" : "cycles")"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("event" : "syscalls:sys_exit_recvfrom")"), std::string::npos);
}

TEST(Csv, IsReadByPython) {
  const char* script = R"(
import csv, sys
rows = list(csv.DictReader(sys.stdin, strict=True))
assert all(None not in row and None not in row.values() for row in rows)
print(sum(row["kind"] == "syscall" for row in rows), {row["label"] for row in rows}.pop()[:4])
)";
  const auto result = support::run({kPython, "-c", script}, {.input = render("csv", hostile())});
  EXPECT_EQ(result.status, support::exited(0)) << result.err;
  EXPECT_EQ(result.out, "3 a,b\"\n");
}

TEST(Csv, OfWhatWasNotMeasuredHasNoValue) {
  const std::string text = render("csv", fixture::small_recording());
  EXPECT_NE(text.find("thread,pinned,2,measured,counter,cycles,,,,not_supported\n"),
            std::string::npos)
      << text;
  // 327382 calls of 163691 messages.
  EXPECT_NE(text.find("syscall,recvfrom,327382,2,,counted\n"), std::string::npos) << text;
}

TEST(Markdown, HasATableOfEachGroupAndComparison) {
  const std::string text = render("markdown", repeated());
  EXPECT_NE(text.find("\n## thread, free\n"), std::string::npos);
  EXPECT_NE(text.find("\n## thread: pinned against free\n"), std::string::npos) << text;
  EXPECT_NE(text.find("| futex/msg | 8.312 | 0.08142 | 0.00981 |"), std::string::npos) << text;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t times = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++times;
  return times;
}

// GitHub's own parser: a table below each heading, as wide as it is headed; names are text.
TEST(Markdown, IsReadByGitHubsParser) {
  SKIP_UNLESS(support::command("cmark-gfm"));
  for (const Recording& recording : {repeated(), hostile()}) {
    const auto result = support::run({"cmark-gfm", "--unsafe", "--extension", "table"},
                                     {.input = render("markdown", recording)});
    ASSERT_EQ(result.status, support::exited(0)) << result.err;
    const std::size_t sections = count(result.out, "<h2>");
    EXPECT_GT(sections, 0U);
    EXPECT_EQ(count(result.out, "<table>"), sections) << result.out;
    EXPECT_EQ(count(result.out, "<script"), 0U) << result.out;
    EXPECT_EQ(count(result.out, "<em>"), 0U) << result.out;
  }
}

TEST(Markdown, HostileNamesAreNoMarkup) {
  const std::string text = render("markdown", hostile());
  for (std::size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at + 1))
    EXPECT_EQ(text[at - 1], '\\') << text.substr(at);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find(R"(c\|d\\n\<script\>\*x\*)"), std::string::npos) << text;
}

}  // namespace
