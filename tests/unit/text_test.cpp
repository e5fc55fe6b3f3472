// The text report. tests/data/{single,repeated}.json are recordings, .txt the reports of them,
// read and found right by a person. To renew one: msgstat report tests/data/X.json --to text
#include "analysis/render/text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "analysis/render/format.hpp"
#include "analysis/render/layout.hpp"
#include "tests/support/paths.hpp"
#include "tests/unit/recording_fixture.hpp"
#include "tracer/error.hpp"

namespace {

using namespace msgstat;
using namespace msgstat::analysis;

std::filesystem::path data(const std::string& name) {
  return support::source_directory() / "tests/data" / name;
}

std::string contents(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The first line that holds `what`, or nothing.
std::string line_with(const std::string& text, const std::string& what) {
  for (const std::string& line : lines_of(text))
    if (line.find(what) != std::string::npos) return line;
  return "";
}

std::string squeezed(std::string line) {
  line.erase(
      std::unique(line.begin(), line.end(), [](char a, char b) { return a == ' ' && b == ' '; }),
      line.end());
  return line.substr(std::min(line.find_first_not_of(' '), line.size()));
}

// On one line, as a reader takes it.
std::string flat(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return squeezed(std::move(text));
}

class Reports : public ::testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] Recording recording() const {
    return load_recording(data(std::string(GetParam()) + ".json"));
  }
};

TEST_P(Reports, AreAsTheyWereFoundRight) {
  EXPECT_EQ(render_text(recording()), contents(data(std::string(GetParam()) + ".txt")));
}

TEST_P(Reports, FitAPage) {
  for (const std::string& line : lines_of(render_text(recording())))
    EXPECT_LE(render::display_width(line), render::kPageWidth) << line;
}

TEST_P(Reports, AreTheSameAfterSavingAndLoading) {
  EXPECT_EQ(render_text(from_json(to_json(recording()), "a.json")), render_text(recording()));
}

TEST_P(Reports, InColourSayTheSame) {
  std::string colored = render_text(recording(), {.color = true});
  for (const std::string sequence : {"\x1b[0m", "\x1b[1m", "\x1b[2m"})
    for (std::size_t at = colored.find(sequence); at != std::string::npos;
         at = colored.find(sequence))
      colored.erase(at, sequence.size());
  EXPECT_EQ(colored, render_text(recording()));
}

INSTANTIATE_TEST_SUITE_P(, Reports, ::testing::Values("single", "repeated"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Text, RatiosAreWhatTheRecordingSays) {
  const std::string text = render_text(fixture::small_recording());
  // 327382 calls, 163691 messages
  EXPECT_EQ(squeezed(line_with(text, "recvfrom")),
            "327,382 2.0000 recvfrom EAGAIN 163,690 (1.000/msg), ECONNRESET 1");
  EXPECT_EQ(squeezed(line_with(text, "context-switches")),
            "163,700 1.0001 context-switches scaled, counted 75 % of the time");
  EXPECT_EQ(squeezed(line_with(text, "task-clock")), "2,800.00 ms 17.1054 us task-clock");
  EXPECT_EQ(squeezed(line_with(text, "and 1 other")), "1 <0.0001 and 1 other compat32:write");
  EXPECT_EQ(squeezed(line_with(text, "system calls, all")), "491,073 3.0000 system calls, all");
  EXPECT_EQ(squeezed(line_with(text, "user CPU")), "0.300 s 1.8327 us user CPU");
  EXPECT_NE(flat(text).find("unfinished: ended by SIGINT"), std::string::npos);
  EXPECT_NE(flat(text).find("uvloop, free: python3-uvloop is missing"), std::string::npos);
  EXPECT_NE(flat(text).find("calls not counted: 2"), std::string::npos);
  EXPECT_NE(flat(text).find("errors counted without their name: 1"), std::string::npos);
  EXPECT_NE(flat(text).find("io_uring is in use"), std::string::npos);
}

TEST(Text, ThroughputIsOfTheBareWindowAndRatiosOfTheMeasured) {
  Recording recording = fixture::small_recording();
  analysis::Run bare = recording.runs[0];
  bare.window = {.seconds = 2, .measured = false};
  bare.unit->count = 1000000;
  bare.cpu = CpuTime{.user_s = 1, .system_s = 3};
  bare.latency_us->p50 = 777;
  bare.counters.clear();
  bare.syscalls.reset();
  recording.runs.insert(recording.runs.begin(), bare);
  const std::string text = render_text(recording);
  EXPECT_EQ(squeezed(line_with(text, "1,000,000 ")), "1,000,000 500,000.0 /s messages");
  EXPECT_EQ(squeezed(line_with(text, "system CPU")), "3.000 s 3.0000 us system CPU");
  EXPECT_NE(flat(text).find("777.0"), std::string::npos);
  EXPECT_EQ(squeezed(line_with(text, " sendto")), "163,690 1.0000 sendto");
  // 163691 / 5.000123456789 s, against 500,000
  EXPECT_NE(flat(text).find("500,000 messages/s bare, 32,737 measured: -93.5 %"), std::string::npos)
      << text;
}

TEST(Text, WhatIsNotSupportedIsNeverANumber) {
  const std::string text = render_text(fixture::small_recording());
  EXPECT_EQ(squeezed(line_with(text, "cycles")), "<not supported> cycles");
  EXPECT_NE(flat(text).find("there is no hardware PMU here"), std::string::npos);
}

TEST(Text, AStateIsPrintedAsPerfDoes) {
  for (const auto& [state, printed] : {std::pair(CounterState::kNotSupported, "<not supported>"),
                                       std::pair(CounterState::kNotCounted, "<not counted>"),
                                       std::pair(CounterState::kNotPermitted, "<not permitted>")}) {
    Recording recording = fixture::small_recording();
    recording.runs[0].counters[0].state = state;
    EXPECT_EQ(squeezed(line_with(render_text(recording), "cycles")),
              std::string(printed) + " cycles");
  }
}

TEST(Text, AReasonIsGivenOnceForAllThatShareIt) {
  Recording recording = fixture::small_recording();
  Counter instructions = recording.runs[0].counters[0];
  instructions.name = "instructions";
  recording.runs[0].counters.push_back(instructions);
  const std::string text = render_text(recording);
  EXPECT_EQ(squeezed(line_with(text, "cycles")), "<not supported> cycles, instructions");
  EXPECT_EQ(text.find("no hardware PMU here"), text.rfind("no hardware PMU here"));
}

TEST(Text, WithoutSystemCallsTheReasonIsThere) {
  Recording recording = fixture::small_recording();
  recording.runs[0].syscalls.reset();
  recording.runs[0].loss.reset();
  recording.runs[0].observer.reset();
  recording.runs[0].syscalls_reason = "eBPF needs CAP_BPF";
  const std::string text = render_text(recording);
  EXPECT_EQ(squeezed(line_with(text, "<not counted>")), "<not counted> system calls");
  EXPECT_NE(flat(text).find("eBPF needs CAP_BPF"), std::string::npos);
  EXPECT_EQ(line_with(text, "system calls, all"), "");
}

TEST(Text, MemoryThatDidNotGrowIsSaidAndNoNumber) {
  Recording recording = fixture::small_recording();
  for (auto& run : recording.runs) run.memory_bytes_per_connection.reset();
  EXPECT_EQ(squeezed(line_with(render_text(recording), "memory per connection")),
            "<no growth seen> memory per connection");
  for (auto& run : recording.runs) run.target.kind = "pid";
  EXPECT_EQ(line_with(render_text(recording), "memory per connection"), "");
}

TEST(Text, WithoutUnitsThereAreTotalsAndNoRatios) {
  Recording recording = fixture::small_recording();
  recording.runs[0].unit.reset();
  const std::string text = render_text(recording);
  EXPECT_EQ(squeezed(line_with(text, " sendto")), "163,690 sendto");
  EXPECT_EQ(squeezed(line_with(text, "<not counted>")), "<not counted> units");
  EXPECT_EQ(text.find("nan"), std::string::npos);
  EXPECT_EQ(text.find("inf"), std::string::npos);
}

TEST(Text, NoUnitsDoneIsNoDivision) {
  Recording recording = fixture::small_recording();
  recording.runs[0].unit->count = 0;
  recording.runs[0].window.seconds = 0;
  const std::string text = render_text(recording);
  EXPECT_EQ(text.find("nan"), std::string::npos) << text;
  EXPECT_EQ(text.find("inf"), std::string::npos) << text;
}

TEST(Text, NothingMeasuredIsSaid) {
  EXPECT_NE(render_text({}).find("Nothing was measured"), std::string::npos);
}

TEST(Text, HostileNamesAreShownEscaped) {
  const std::string evil = "\x1b[2J\n\r\t\x07\u202e\u009b\xff";
  Recording recording = fixture::small_recording();
  recording.command = {evil, "it's"};
  recording.unfinished = evil;
  recording.host = {.kernel = evil, .arch = evil, .cpus = 1, .pmu = evil, .virtualized = evil};
  recording.skipped = {{.label = evil, .arm = evil, .reason = evil}};
  analysis::Run& run = recording.runs[0];
  run.label = run.arm = run.unit->name = evil;
  run.target.cpus = run.load->cpus = evil;
  run.target.command = {evil};
  run.blind_spots = {evil};
  for (Counter& counter : run.counters) counter.name = counter.unit = counter.reason = evil;
  for (Syscall& syscall : *run.syscalls) {
    syscall.name = evil;
    syscall.errors_by_name = {{evil, 100000}};
  }
  for (const bool measured : {true, false}) {
    run.window.measured = measured;
    const std::string text = render_text(recording);
    EXPECT_NE(text.find(R"(\x1b[2J\n\r\t\x07\u{202e}\x9b)"), std::string::npos);
    EXPECT_EQ(text.find_first_of("\x1b\r\t\x07"), std::string::npos);
    EXPECT_EQ(text.find("\u202e"), std::string::npos);
    EXPECT_EQ(text.find("\u009b"), std::string::npos);
    EXPECT_EQ(text.find('\xff'), std::string::npos);
  }
}

TEST(Format, AnUnknownOneNamesThoseThatThereAre) {
  try {
    find_format("pdf\n");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(
        error.what(),
        R"(there is no format 'pdf\n'; there are: text, json, html, markdown, csv, benchmark-json, perf-json)");
  }
}

TEST(Format, EachRendersAndEndsItsLastLine) {
  for (const Format& format : formats())
    EXPECT_TRUE(format.render(fixture::small_recording(), {}).ends_with("\n")) << format.name;
}

}  // namespace
