// msgstat explain on real servers: it names what is known to be wrong with a model, and has nothing
// to say of one that is well.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

std::uint64_t calls_of(const json& run, const std::string& name) {
  const json& calls = run.at("syscalls");
  return calls.contains(name) ? calls[name].at("calls").get<std::uint64_t>() : 0;
}

class Explain : public testing::Test {
 protected:
  void SetUp() override { SKIP_UNLESS(support::bpf()); }

  json bench(std::vector<std::string> words) {
    std::vector<std::string> command = {support::msgstat(), "bench", "--duration=2", "--warmup=1",
                                        "--level=explain",  "-j",    "-o",           file()};
    command.insert(command.end(), words.begin(), words.end());
    const auto result = support::run(command);
    EXPECT_EQ(result.status, support::exited(0)) << result.err;
    const json recording = json::parse(result.out);
    for (const json& run : recording.at("runs"))
      if (run.at("window").at("measured").get<bool>()) return run;
    return {};
  }

  // Python's threads in a convoy. Where others take all but one of the CPUs they run one after the
  // other, and there is none, or less than the rule speaks of: that is tried again.
  json bench_convoy() {
    constexpr int kTries = 5;
    constexpr double kCallsEach = 2.2;  // the rule wants 2 of them on the lock
    json run;
    for (int i = 0; i < kTries; ++i) {
      run = bench({"thread"});
      if (static_cast<double>(calls_of(run, "futex")) >
          kCallsEach * run.at("unit").at("count").get<double>())
        return run;
    }
    ADD_FAILURE() << "no convoy in " << kTries << " runs";
    return run;
  }

  [[nodiscard]] std::string file() const { return (directory_ / "recording.json").string(); }

 private:
  support::TemporaryDirectory directory_;
};

// What depends on who else wants the machine's CPUs while the test runs.
bool depends_on_the_machine(const std::string& id) {
  static const std::set<std::string> ids = {"runnable-waiting", "preemption", "migrations"};
  return ids.contains(id);
}

std::set<std::string> found_in(const json& run) {
  std::set<std::string> ids;
  for (const json& finding : run.at("findings"))
    if (const std::string id = finding.at("id"); !depends_on_the_machine(id)) ids.insert(id);
  return ids;
}

TEST_F(Explain, OfPythonsThreadsTheGilConvoyComesFirst) {
  const json run = bench_convoy();
  ASSERT_FALSE(run.at("findings").empty());
  EXPECT_EQ(run["findings"][0].at("id"), "gil-convoy");
  std::uint64_t inside = 0;
  for (const json& word : run.at("futex").at("words"))
    if (word.at("place").at("symbol") == "_PyRuntime")
      for (const auto& [operation, count] : word.at("operations").items())
        inside += count.get<std::uint64_t>();
  const std::uint64_t all = run["futex"].at("calls");
  EXPECT_GE(static_cast<double>(inside), 0.95 * static_cast<double>(all));
  EXPECT_EQ(all, calls_of(run, "futex"));

  const auto explained = support::run({support::msgstat(), "explain", file()});
  EXPECT_EQ(explained.status, support::exited(0)) << explained.err;
  EXPECT_THAT(explained.out, HasSubstr(" 1. the interpreter lock (GIL) is handed around by"));
  EXPECT_THAT(explained.out, HasSubstr("taskset"));
  EXPECT_THAT(explained.out, HasSubstr("the whole"));
}

// The lines of the model that let go of the lock; numbered from 1.
std::set<unsigned> lines_with(const std::vector<std::string>& texts) {
  std::ifstream file(support::source_directory() / "servers/python/echo_thread.py");
  std::set<unsigned> lines;
  unsigned number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    for (const std::string& text : texts)
      if (line.find(text) != std::string::npos) lines.insert(number);
  }
  return lines;
}

TEST_F(Explain, OfPythonsThreadsTheLinesAreThoseThatReceiveAndSend) {
  const json run = bench_convoy();
  const std::set<unsigned> expected = lines_with({"connection.recv(", "connection.sendall("});
  ASSERT_EQ(expected.size(), 2U);
  std::set<unsigned> found;
  std::uint64_t with_line = 0;
  std::uint64_t samples = 0;
  for (const json& word : run.at("futex").at("words"))
    for (const json& site : word.at("sites")) {
      samples += site.at("samples").get<std::uint64_t>();
      for (const json& frame : site.at("frames"))
        if (frame.at("function") == "serve" && !frame.at("line").is_null()) {
          found.insert(frame["line"].get<unsigned>());
          with_line += site.at("samples").get<std::uint64_t>();
        }
    }
  EXPECT_EQ(found, expected);
  // But for what was sampled before the process was known to be Python.
  EXPECT_GT(2 * with_line, samples);
}

TEST_F(Explain, OfPythonsThreadsOnOneCpuTheConvoyIsGone) {
  const json run = bench({"thread", "--server-cpus=0"});
  EXPECT_FALSE(found_in(run).contains("gil-convoy"));
}

TEST_F(Explain, OfAHealthyServerNothingIsSaid) {
  const json run = bench({"cpp_epoll"});
  EXPECT_EQ(found_in(run), std::set<std::string>{});
  const json& sched = run.at("sched");
  const double whole = sched.at("whole_ns");
  EXPECT_LT(std::abs(sched.at("remainder_ns").get<double>()), 0.02 * whole);
}

TEST_F(Explain, OfSocketsReadBeforeTheyAreReadyTheReceivesInVain) {
  EXPECT_TRUE(found_in(bench({"asyncio_sock"})).contains("speculative-receives"));
}

TEST_F(Explain, MappingForEachMessageVanishesWithTheSettingItOffers) {
  SKIP_UNLESS(support::glibc_malloc());
  const json forced = bench({"asyncio", "--env=MALLOC_MMAP_THRESHOLD_=131072"});
  ASSERT_TRUE(found_in(forced).contains("mmap-churn"));
  std::string offered;
  for (const json& finding : forced.at("findings"))
    if (finding.at("id") == "mmap-churn") offered = finding.at("try").at(0);
  ASSERT_THAT(offered,
              StartsWith("MALLOC_MMAP_THRESHOLD_=1048576 MALLOC_TRIM_THRESHOLD_=4194304 "));
  const json helped = bench(
      {"asyncio", "--env=MALLOC_MMAP_THRESHOLD_=1048576", "--env=MALLOC_TRIM_THRESHOLD_=4194304"});
  EXPECT_FALSE(found_in(helped).contains("mmap-churn"));
  EXPECT_LT(
      static_cast<double>(calls_of(helped, "mmap")) / helped.at("unit").at("count").get<double>(),
      0.01);
}

TEST_F(Explain, TakesALiveProcessAndRefusesWhatIsNone) {
  support::Child server(
      {(support::build_directory() / "tests/kernel/programs/locks").string(), "convoy"});
  ASSERT_EQ(server.read_line(), "ready");
  const auto result = support::run(
      {support::msgstat(), "explain", "-p", std::to_string(server.pid()), "--duration=0.3"});
  EXPECT_EQ(result.status, support::exited(0)) << result.err;
  EXPECT_THAT(result.out, HasSubstr("asleep in read"));

  const auto launched = support::run(
      {support::msgstat(), "explain", "--duration=0.3", "--", "/bin/sh", "-c", "sleep 1; exit 7"});
  EXPECT_EQ(launched.status, support::exited(7)) << launched.err;
  EXPECT_THAT(launched.out, HasSubstr("asleep in wait4"));

  const auto neither = support::run({support::msgstat(), "explain"});
  EXPECT_EQ(neither.status, support::exited(2));
  EXPECT_THAT(neither.err, HasSubstr("explain takes one recording, one process or one command"));
  const auto missing = support::run({support::msgstat(), "explain", "-p", "999999999"});
  EXPECT_NE(missing.status, support::exited(0));
}

}  // namespace
