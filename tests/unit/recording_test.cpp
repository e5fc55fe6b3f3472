#include "analysis/recording.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "tests/support/temporary_directory.hpp"
#include "tests/unit/recording_fixture.hpp"
#include "tracer/error.hpp"

namespace {

using namespace msgstat;
using namespace msgstat::analysis;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

// The error that reading gives, or "read".
std::string error_of(const std::string& json) {
  try {
    from_json(json, "a.json");
    return "read";
  } catch (const Error& error) {
    return error.what();
  }
}

void expect_one_line(const std::string& line) {
  EXPECT_TRUE(line.starts_with("a.json: ")) << line;
  EXPECT_EQ(line.find_first_of("\n\r\x1b"), std::string::npos) << line;
  EXPECT_LT(line.size(), 300U) << line;
}

std::string contents(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

TEST(Recording, ComesBackAsItWas) {
  const Recording recording = fixture::small_recording();
  EXPECT_EQ(from_json(to_json(recording), "a.json"), recording);
}

TEST(Recording, AbsentComesBackAbsent) {
  Recording recording;
  recording.runs.resize(1);
  recording.runs[0].label = "x";
  recording.runs[0].window.measured = false;
  EXPECT_EQ(from_json(to_json(recording), "a.json"), recording);
}

TEST(Recording, EveryDoubleComesBackToTheBit) {
  for (const double seconds :
       {0.1 + 0.2, 1.0 / 3, 5e-324, 1.7976931348623157e308, 4503599627370497.5}) {
    Recording recording = fixture::small_recording();
    recording.runs[0].window.seconds = seconds;
    EXPECT_EQ(from_json(to_json(recording), "a.json").runs[0].window.seconds, seconds);
  }
}

TEST(Recording, TextThatIsNotUtf8IsReplacedOnce) {
  Recording recording = fixture::small_recording();
  recording.command = {"\xff", "a\xc3", "\xc0\xaf", "ж"};
  const Recording read = from_json(to_json(recording), "a.json");
  EXPECT_EQ(read.command, (std::vector<std::string>{"\ufffd", "a\ufffd", "\ufffd\ufffd", "ж"}));
  EXPECT_EQ(to_json(read), to_json(recording));
}

TEST(Recording, PerUnitIsComputedAsItIsWritten) {
  const std::string json = to_json(fixture::small_recording());
  EXPECT_NE(json.find("\"per_unit\": 2.0"), std::string::npos) << json;  // recvfrom
}

TEST(Recording, WithoutUnitsNothingIsPerUnit) {
  for (const bool has_unit : {true, false}) {
    Recording recording = fixture::small_recording();
    recording.runs[0].unit->count = 0;
    if (!has_unit) recording.runs[0].unit.reset();
    const std::string json = to_json(recording);
    EXPECT_EQ(json.find("\"per_unit\": 0"), std::string::npos);
    EXPECT_NE(json.find("\"per_unit\": null"), std::string::npos);
  }
}

TEST(Recording, UnknownFieldsAreIgnored) {
  const std::string json = to_json(fixture::small_recording());
  EXPECT_EQ(from_json(replaced(json, "\"seconds\"", "\"new\": [{}], \"seconds\""), "a.json"),
            fixture::small_recording());
}

TEST(Recording, MinorVersionsAreRead) {
  const std::string json = to_json(fixture::small_recording());
  EXPECT_EQ(error_of(replaced(json, "recording/1\"", "recording/1.7\"")), "read");
}

TEST(Recording, AnotherMajorSchemaIsRefused) {
  const std::string json = to_json(fixture::small_recording());
  for (const char* schema : {"msgstat.recording/2", "msgstat.recording/10", "perf", ""}) {
    const std::string error = error_of(replaced(json, "msgstat.recording/1", schema));
    EXPECT_EQ(error, "a.json: its schema is \"" + std::string(schema) +
                         "\", and this msgstat reads msgstat.recording/1 only");
  }
}

TEST(Recording, WhatIsNoRecordingIsRefused) {
  EXPECT_EQ(error_of("{}"), "a.json: not a msgstat recording: it has no \"schema\"");
  EXPECT_EQ(error_of("[1]"), "a.json: not a msgstat recording: it has no \"schema\"");
  EXPECT_EQ(error_of("{\"a\": 1,}"), "a.json: not JSON: malformed at offset 8");
  EXPECT_EQ(error_of("perf stat"), "a.json: not JSON: malformed at offset 0");
  EXPECT_EQ(error_of(" \n"), "a.json: empty, not a recording");
}

TEST(Recording, CutAnywhereItIsSaidToBeCutShort) {
  const std::string json = to_json(fixture::small_recording());
  const std::size_t end = json.rfind('}');
  for (std::size_t size = 1; size <= end; ++size) {
    const std::string error = error_of(json.substr(0, size));
    ASSERT_EQ(error,
              "a.json: cut short: the JSON ends unfinished at offset " + std::to_string(size));
  }
}

// Every value of the document in turn becomes one of another type.
TEST(Recording, ConfusedTypesGiveOneLineOrAreRead) {
  const std::string json = to_json(fixture::small_recording());
  std::size_t refused = 0;
  for (const std::string& hostile :
       {std::string("{}"), std::string("[]"), std::string("[[{}]]"), std::string("true"),
        std::string("null"), std::string("-1"), std::string("1e308"), std::string("0.5"),
        std::string("1e999"), std::string("99999999999999999999"),
        std::string("-9223372036854775808"), std::string("\"\\u001b[2J\\n\""),
        "\"" + std::string(100000, 'x') + "\""}) {
    for (std::size_t at = json.find("\": "); at != std::string::npos;
         at = json.find("\": ", at + 1)) {
      const std::size_t value = at + 3;
      if (json[value] == '{' || json[value] == '[') continue;
      const std::size_t end = json.find_first_of(",\n", value);
      const std::string error = error_of(json.substr(0, value) + hostile + json.substr(end));
      if (error == "read") continue;
      ++refused;
      expect_one_line(error);
    }
  }
  EXPECT_GT(refused, 300U);
}

TEST(Recording, ALineNamesTheFieldThatIsWrong) {
  const std::string json = to_json(fixture::small_recording());
  EXPECT_EQ(error_of(replaced(json, "\"count\": 163691", "\"count\": \"many\"")),
            "a.json: runs[0].unit.count: expected a whole number from 0 up, found \"many\"");
  EXPECT_EQ(error_of(replaced(json, "\"count\": 163691", "\"count\": -1")),
            "a.json: runs[0].unit.count: expected a whole number from 0 up, found -1");
  EXPECT_EQ(error_of(replaced(json, "\"count\": 163691,", "")),
            "a.json: runs[0].unit.count is missing");
  EXPECT_EQ(
      error_of(replaced(json, "\"scaled\"", "\"guessed\"")),
      "a.json: runs[0].counters.context-switches.state: expected the state of a counter, found "
      "\"guessed\"");
  EXPECT_EQ(error_of(replaced(json, "2800000000.0", "1e999")),
            "a.json: a number is too large to be read");
}

TEST(Recording, DeepNestingIsNoHarm) {
  expect_one_line(error_of(std::string(1000000, '[')));
  expect_one_line(error_of(std::string(1000000, '[') + std::string(1000000, ']')));
}

TEST(RecordingFile, ComesBackAsItWas) {
  const support::TemporaryDirectory directory;
  save_recording(fixture::small_recording(), directory / "a.json");
  EXPECT_EQ(load_recording(directory / "a.json"), fixture::small_recording());
}

TEST(RecordingFile, LeavesNothingBeside) {
  const support::TemporaryDirectory directory;
  check_writable(directory / "a.json");
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
  save_recording(fixture::small_recording(), directory / "a.json");
  const std::filesystem::directory_iterator files(directory.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST(RecordingFile, CheckingLeavesAFileAsItIs) {
  const support::TemporaryDirectory directory;
  std::ofstream(directory / "a.json") << "mine";
  check_writable(directory / "a.json");
  EXPECT_EQ(contents(directory / "a.json"), "mine");
}

TEST(RecordingFile, ALinkStaysALink) {
  const support::TemporaryDirectory directory;
  std::ofstream(directory / "a.json") << "old";
  std::filesystem::create_symlink("a.json", directory / "link.json");
  save_recording(fixture::small_recording(), directory / "link.json");
  EXPECT_TRUE(std::filesystem::is_symlink(directory / "link.json"));
  EXPECT_EQ(contents(directory / "a.json"), to_json(fixture::small_recording()));
}

TEST(RecordingFile, ADeviceIsWrittenTo) {
  check_writable("/dev/null");
  save_recording(fixture::small_recording(), "/dev/null");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST(RecordingFile, SaysWhyItCannotBeWritten) {
  const support::TemporaryDirectory directory;
  std::ofstream(directory / "file") << "";
  const auto error_for = [](const std::filesystem::path& file) -> std::string {
    try {
      check_writable(file);
      return "writable";
    } catch (const Error& error) {
      return error.code().message();
    }
  };
  EXPECT_EQ(error_for(directory.path()), "Is a directory");
  EXPECT_EQ(error_for(directory / "none" / "a.json"), "No such file or directory");
  EXPECT_EQ(error_for(directory / "file" / "a.json"), "Not a directory");
  EXPECT_EQ(error_for(""), "No such file or directory");
  EXPECT_THROW(save_recording({}, directory / "none" / "a.json"), Error);
}

TEST(RecordingFile, SaysWhyItCannotBeRead) {
  const support::TemporaryDirectory directory;
  EXPECT_THROW(load_recording(directory / "none.json"), Error);
  EXPECT_THROW(load_recording(directory.path()), Error);
  EXPECT_THROW(load_recording("/dev/null"), Error);
}

TEST(TakeWindow, TakesWhatTheWindowSays) {
  Window window;
  window.seconds = 2;
  window.units = UnitCount{.count = 1000, .uncertainty = 7};
  window.cpu = {.user_s = 0.5, .system_s = 1.5};
  window.events = {
      {.name = "page-faults", .state = CounterState::kCounted, .value = 3, .running = 1}};
  window.syscalls = {{.name = "write", .abi = Abi::kNative, .number = 1, .calls = 10},
                     {.name = "futex",
                      .abi = Abi::kNative,
                      .number = 202,
                      .calls = 30,
                      .errors = 13,
                      .errors_by_errno = {{EAGAIN, 10}, {ETIMEDOUT, 2}}},
                     {.name = "write", .abi = Abi::kCompat32, .number = 4, .calls = 20},
                     {.name = "read", .abi = Abi::kX32, .number = 0, .calls = 5}};
  window.loss = Loss{.map_full = 1};
  window.observer = Observer{.bpf_runs = 65, .bpf_ns = 4e7, .sampled_s = 0.05};
  window.blind_spots = {"something"};
  window.threads = 9;
  analysis::Run run;
  run.label = "kept";
  run.arm = "kept";
  run.target.cpus = "0";
  take_window(run, window);

  EXPECT_EQ(run.label, "kept");
  EXPECT_EQ(run.target.cpus, "0");
  EXPECT_EQ(run.window.seconds, 2);
  EXPECT_EQ(run.unit, (Unit{.name = "message", .source = "load", .count = 1000, .uncertainty = 7}));
  EXPECT_EQ(run.cpu, window.cpu);
  EXPECT_EQ(run.counters, window.events);
  EXPECT_EQ(run.syscalls,
            (std::vector<Syscall>{{.name = "futex",
                                   .calls = 30,
                                   .errors = 13,
                                   .errors_by_name = {{"EAGAIN", 10}, {"ETIMEDOUT", 2}}},
                                  {.name = "compat32:write", .calls = 20},
                                  {.name = "write", .calls = 10},
                                  {.name = "x32:read", .calls = 5}}));
  EXPECT_EQ(run.loss, window.loss);
  EXPECT_EQ(run.observer,
            (ObserverCost{.bpf_runs = 65, .bpf_ns = 4e7, .sampled_s = 0.05, .cpu_percent = 2}));
  EXPECT_EQ(run.blind_spots, window.blind_spots);
  EXPECT_EQ(run.target.threads, 9U);
}

TEST(TakeWindow, WhatCouldNotBeCountedIsAbsentWithItsReason) {
  analysis::Run run;
  run.syscalls.emplace();
  run.observer.emplace();
  run.unit = Unit{.name = "request", .source = "sock:recv"};
  Window window;
  window.seconds = 1;
  window.syscalls_reason = "eBPF is not permitted";
  take_window(run, window);
  EXPECT_FALSE(run.syscalls.has_value());
  EXPECT_FALSE(run.observer.has_value());
  EXPECT_EQ(run.syscalls_reason, "eBPF is not permitted");
  EXPECT_EQ(run.unit->name, "request");
}

}  // namespace
