// msgstat report: the page that it writes, looked at in a browser by report_page.mjs, which reads
// the recording for itself.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Words = std::vector<std::string>;

constexpr const char* kChromium = "/usr/bin/chromium";
constexpr const char* kNode = "/usr/bin/node";

// ./dev installs it.
fs::path modules() { return support::source_directory() / ".dev/browser"; }

support::Requirement browser() {
  for (const fs::path& needed : {fs::path(kChromium), fs::path(kNode),
                                 modules() / "node_modules/playwright-core/package.json"})
    if (!fs::exists(needed)) return {"browser", false, ENOENT, needed.string()};
  return {"browser", true, 0, "chromium, node and playwright-core"};
}

json data(const std::string& name) {
  std::ifstream file(support::source_directory() / "tests/data" / name);
  return json::parse(file);
}

// As many models, each with so many repeats: copies whose counts differ.
json many(std::size_t models, std::size_t repeats) {
  json recording = data("single.json");
  const json runs = recording.at("runs");
  recording["runs"] = json::array();
  for (std::size_t model = 0; model < models; ++model)
    for (std::size_t repeat = 0; repeat < repeats; ++repeat)
      for (std::size_t window = 0; window < 2; ++window) {
        json run = runs.at(2 * (model % 4) + window);
        run["label"] = "model_" + std::to_string(model) + (model % 7 == 3 ? "_of_a_long_name" : "");
        run["arm"] = "";
        run["repeat"] = repeat;
        const auto count = run["unit"]["count"].get<std::uint64_t>();
        run["unit"]["count"] = count + 1000 * model + 300 * repeat;
        recording["runs"].push_back(run);
      }
  return recording;
}

// Markup and control characters in every text that is no word of the format, and in every name.
json poisoned(const json& value, const std::string& key = {}) {
  static const std::string poison = "\"'><script>window.taken=1</script><b onclick=x>\x1b[2J\u202e";
  const auto is_word = [](const std::string& name) {
    for (const char* word : {"schema", "kind", "state", "severity", "suite"})
      if (name == word) return true;
    return false;
  };
  if (value.is_string()) return is_word(key) ? value : json(value.get<std::string>() + poison);
  if (value.is_array()) {
    json list = json::array();
    for (const json& one : value) list.push_back(poisoned(one, key));
    return list;
  }
  if (!value.is_object()) return value;
  const bool is_map = key == "syscalls" || key == "counters" || key == "io_uring";
  json object = json::object();
  for (const auto& [name, member] : value.items())
    object[is_map ? name + poison : name] = poisoned(member, name);
  return object;
}

class Report : public testing::Test {
 protected:
  std::string write(const std::string& name, const json& recording) const {
    std::string file = directory_ / name;
    std::ofstream(file) << recording;
    return file;
  }
  std::string page_of(const std::string& recording) const {
    std::string page = recording + ".html";
    const auto result =
        support::run({support::msgstat(), "report", recording, "--to", "html", "-o", page});
    EXPECT_EQ(result.status, support::exited(0)) << result.err;
    EXPECT_EQ(result.out, "");
    return page;
  }
  void look(const std::string& check, const json& recording, const std::string& other = {}) const {
    const std::string file = write(check + ".json", recording);
    const std::string script = support::source_directory() / "tests/e2e/report_page.mjs";
    const auto result = support::run(
        {kNode, script, modules().string(), kChromium, check, page_of(file), file, other},
        {.timeout = std::chrono::seconds(100)});
    EXPECT_EQ(result.status, support::exited(0)) << result.out << result.err;
  }

  support::TemporaryDirectory directory_;
};

class ReportInBrowser : public Report {
 protected:
  void SetUp() override { SKIP_UNLESS(browser()); }
};

TEST_F(ReportInBrowser, HasTheNumbersOfTheRecordingInArms) {
  look("numbers", data("repeated.json"));
}

TEST_F(ReportInBrowser, HasTheNumbersOfARecordingThatExplains) {
  look("numbers", data("explained.json"));
}

TEST_F(ReportInBrowser, HasTheNumbersOf33ModelsAndOf20Runs) {
  look("numbers", many(33, 1));
  look("numbers", many(2, 20));
}

TEST_F(ReportInBrowser, IsReadInTheDarkByKeyboardOnATelephoneAndOnPaper) {
  look("reading", data("explained.json"), directory_ / "print.pdf");
}

TEST_F(ReportInBrowser, ShowsHostileNamesAsText) {
  const json recording = data("explained.json");
  look("hostile", poisoned(recording), page_of(write("plain.json", recording)));
}

TEST_F(ReportInBrowser, SaysAsMuchWithoutScripts) {
  look("without_scripts", data("repeated.json"));
}

TEST_F(Report, IsWrittenWhole) {
  const std::string recording = write("one.json", data("single.json"));
  const auto printed = support::run({support::msgstat(), "report", recording, "--to", "html"});
  EXPECT_EQ(printed.status, support::exited(0)) << printed.err;
  std::ifstream file(page_of(recording), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(text, printed.out);
  EXPECT_TRUE(text.ends_with("</html>\n"));
}

TEST_F(Report, RefusesAFileThatItCannotOrShouldNotWrite) {
  const std::string recording = write("one.json", data("single.json"));
  const auto refused = [&](const std::string& file, int status, const std::string& said) {
    const auto result =
        support::run({support::msgstat(), "report", recording, "--to", "html", "-o", file});
    EXPECT_EQ(result.status, support::exited(status)) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.err.find(said), std::string::npos) << result.err;
  };
  refused(recording, 2, "would overwrite the recording");
  refused(directory_ / "absent/page.html", 1, "cannot write");
  refused(directory_.path().string(), 1, "cannot write");
  EXPECT_TRUE(data("single.json") == json::parse(std::ifstream(recording)));
}

}  // namespace
