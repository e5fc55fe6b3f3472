// Programs with one known trouble each: msgstat explain finds that, with its word, its symbol, its
// class, its owner and its place, and none of the others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using nlohmann::json;
using testing::HasSubstr;

struct Truth {
  const char* mode;
  const char* finding;
  const char* symbol;  // empty: it is on the heap
  const char* lock;
  bool has_owner;
  const char* function;  // that waits
};

constexpr Truth kTruths[] = {
    {"convoy", "contended-lock", "convoy_mutex", "glibc mutex", true, "hold"},
    {"heap", "contended-lock", "", "glibc mutex", true, "hold"},
    {"pi", "contended-lock", "pi_mutex", "priority-inheriting mutex", false, "hold"},
    {"pingpong", "condition-hand-offs", "ping_condition", "glibc condition variable", false,
     "play"},
    {"semaphore", "semaphore-waits", "pool_semaphore", "glibc semaphore", false, "take_unit"},
    {"barrier", "barrier-waits", "round_barrier", "glibc barrier", false, "meet"},
    {"eagain", "failed-waits", "spin_word", "unknown", false, "spin"},
    {"herd", "thundering-herd", "herd_word", "unknown", false, "follow"},
    {"idle", "idle-parking", "pool_semaphore", "glibc semaphore", false, "wait_for_work"},
};

// What the programs were made to show; the rest depends on how many CPUs there are, and who else
// wants them.
std::set<std::string> known_findings() {
  std::set<std::string> ids;
  for (const Truth& truth : kTruths) ids.insert(truth.finding);
  return ids;
}

class KnownTruth : public testing::TestWithParam<Truth> {
 protected:
  void SetUp() override { SKIP_UNLESS(support::bpf()); }

  // The command ends as soon as it has told what it did: all that is said of it is known by then.
  void explain() {
    const std::string file = directory_ / "recording.json";
    support::Child command({support::msgstat(), "explain", "--duration=60", "-o", file, "--",
                            (support::build_directory() / "tests/kernel/programs/locks").string(),
                            GetParam().mode});
    command.write("go\n");
    for (const char* said : {"ready", "heap"}) {
      const auto line = command.read_line();
      ASSERT_TRUE(line) << command.wait().err;
      ASSERT_THAT(*line, HasSubstr(said));
      told_ = *line;
    }
    // Long enough to be looked at.
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    command.close_input();
    const auto result = command.wait();
    ASSERT_EQ(result.status, support::exited(0)) << result.err;
    text_ = result.out;
    std::ifstream stream(file);
    run_ = json::parse(stream).at("runs").at(0);
  }

  [[nodiscard]] std::uint64_t told(const std::string& wanted) const {
    std::istringstream words(told_);
    std::string name;
    for (std::uint64_t value = 0; words >> name >> value;)
      if (name == wanted) return value;
    return 0;
  }

  // The word that the program was made to use.
  [[nodiscard]] json word() const {
    for (const json& each : run_.at("futex").at("words")) {
      const bool is_it = *GetParam().symbol == '\0'
                             ? each.at("address") == told("heap")
                             : each.at("place").at("symbol") == GetParam().symbol;
      if (is_it) return each;
    }
    return {};
  }

  support::TemporaryDirectory directory_;
  std::string told_;
  std::string text_;
  json run_;
};

TEST_P(KnownTruth, IsFoundAndNothingElse) {
  ASSERT_NO_FATAL_FAILURE(explain());
  const Truth& truth = GetParam();
  std::set<std::string> found;
  json finding;
  for (const json& each : run_.at("findings")) {
    if (known_findings().contains(each.at("id"))) found.insert(each.at("id").get<std::string>());
    if (each.at("id") == truth.finding) finding = each;
  }
  ASSERT_EQ(found, std::set<std::string>{truth.finding}) << text_;

  const json word = this->word();
  ASSERT_FALSE(word.is_null()) << text_;
  EXPECT_EQ(word.at("lock"), truth.lock);
  if (truth.has_owner) {
    EXPECT_EQ(word.at("owner_name"), "locks");
    EXPECT_THAT(finding.at("title").get<std::string>(), HasSubstr("held mostly by locks"));
  } else {
    EXPECT_TRUE(word.at("owner").is_null());
  }
  ASSERT_FALSE(word.at("sites").empty());
  for (const json& site : word.at("sites")) {
    std::set<std::string> functions;
    for (const json& frame : site.at("frames")) functions.insert(frame.at("function"));
    EXPECT_TRUE(functions.contains(truth.function) || functions.contains("drive_herd") ||
                functions.contains("drive_idle"))
        << site;
  }
  if (*truth.symbol != '\0' && std::string(truth.finding) != "idle-parking") {
    EXPECT_THAT(finding.at("title").get<std::string>(), HasSubstr(truth.symbol));
    EXPECT_THAT(finding.at("where").dump(), HasSubstr(truth.function));
  }
  EXPECT_EQ(word.at("changed").get<std::uint64_t>() * (told("changed") > 0 ? 1U : 0U),
            told("changed"));
  if (told("woken") > 0) {
    EXPECT_EQ(word.at("woke_one").get<std::uint64_t>() +
                  word.at("threads_woken_at_once").get<std::uint64_t>(),
              told("woken"));
  }
}

INSTANTIATE_TEST_SUITE_P(Locks, KnownTruth, testing::ValuesIn(kTruths),
                         [](const auto& test) { return std::string(test.param.mode); });

}  // namespace
