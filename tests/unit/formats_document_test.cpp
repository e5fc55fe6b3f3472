// docs/formats.md is the reference of the recording: it names every field that is written.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "analysis/recording.hpp"
#include "tests/support/paths.hpp"
#include "tests/unit/recording_fixture.hpp"

namespace {

using nlohmann::json;

// Below these, keys are names that were measured, not fields.
const std::set<std::string> kMaps = {"counters", "syscalls",   "errors",
                                     "io_uring", "operations", "evidence"};

void collect_fields(const json& value, bool is_map, std::set<std::string>& fields) {
  if (value.is_array())
    for (const json& element : value) collect_fields(element, false, fields);
  if (!value.is_object()) return;
  for (const auto& [key, member] : value.items()) {
    if (!is_map) fields.insert(key);
    collect_fields(member, !is_map && kMaps.contains(key), fields);
  }
}

TEST(FormatsDocument, NamesEveryFieldOfTheRecording) {
  std::ifstream file(support::source_directory() / "docs/formats.md");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::set<std::string> fields;
  collect_fields(json::parse(msgstat::analysis::to_json(fixture::small_recording())), false,
                 fields);
  ASSERT_TRUE(fields.contains("latency_us"));
  for (const std::string& field : fields)
    EXPECT_NE(text.find("`" + field + "`"), std::string::npos) << field << " is not in formats.md";
}

}  // namespace
