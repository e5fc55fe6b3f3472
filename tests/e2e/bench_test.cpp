// msgstat bench on real servers. What a model costs is known from reading its source: so many
// receives and sends a message. Counts are exact; messages and calls can be out of step by one a
// connection, at either end of the window (docs/architecture.md, "Window protocol").
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/e2e/bad_input.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using e2e::BadInput;
using nlohmann::json;
using Words = std::vector<std::string>;

constexpr std::uint64_t kConnections = 20;

Words command(const Words& more) {
  Words words = {support::msgstat(), "bench"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Words quick(const Words& more) {
  Words words =
      command({"--duration=1", "--warmup=0.2", "--connections=" + std::to_string(kConnections)});
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

json measure(const Words& more) {
  Words words = quick(more);
  words.emplace_back("-j");
  const auto result = support::run(words);
  EXPECT_EQ(result.status, support::exited(0)) << result.err;
  return json::parse(result.out);
}

std::vector<json> measured_runs(const json& recording) {
  std::vector<json> runs;
  for (const json& run : recording.at("runs"))
    if (run.at("window").at("measured").get<bool>()) runs.push_back(run);
  return runs;
}

std::uint64_t messages(const json& run) { return run.at("unit").at("count"); }

std::uint64_t calls(const json& run, const std::string& name) {
  const json& syscalls = run.at("syscalls");
  return syscalls.contains(name) ? syscalls[name].at("calls").get<std::uint64_t>() : 0;
}

// `times` calls a message, to within one message a connection at both ends.
void expect_calls(const json& run, const std::string& name, std::uint64_t times) {
  const std::uint64_t slack =
      times * (2 * kConnections + run.at("unit").at("uncertainty").get<std::uint64_t>());
  EXPECT_NEAR(static_cast<double>(calls(run, name)), static_cast<double>(times * messages(run)),
              static_cast<double>(slack))
      << name << " of " << messages(run) << " messages";
  EXPECT_GT(messages(run), 10 * kConnections) << "too few to tell";
}

class Bench : public testing::Test {
 protected:
  void SetUp() override { SKIP_UNLESS(support::bpf()); }
};

TEST_F(Bench, CppEpollReceivesOnceAndWritesOnceAMessage) {
  const json run = measured_runs(measure({"cpp_epoll"})).at(0);
  expect_calls(run, "recvfrom", 1);
  expect_calls(run, "write", 1);
  EXPECT_GT(calls(run, "epoll_wait"), 0U);
  EXPECT_LT(calls(run, "epoll_wait"), calls(run, "write"));
  EXPECT_EQ(calls(run, "futex"), 0U);
}

// sock_recv() tries at once; when the next message is not there yet, it asks epoll, and tries
// again.
TEST_F(Bench, AsyncioSockPaysForEachEagainWithTwoEpollCtl) {
  const json run = measured_runs(measure({"asyncio_sock"})).at(0);
  const json& errors = run.at("syscalls").at("recvfrom").at("errors");
  const auto eagain = errors.at("EAGAIN").get<std::uint64_t>();
  const double slack = 2.0 * kConnections + run.at("unit").at("uncertainty").get<double>();
  EXPECT_GT(eagain, 0U);
  EXPECT_NEAR(static_cast<double>(calls(run, "recvfrom") - eagain),
              static_cast<double>(messages(run)), slack);
  EXPECT_NEAR(static_cast<double>(calls(run, "epoll_ctl")), static_cast<double>(2 * eagain), slack);
  expect_calls(run, "sendto", 1);
}

TEST_F(Bench, AMovingMmapThresholdMakesAsyncioMapAndUnmapForEachMessage) {
  SKIP_UNLESS(support::glibc_malloc());
  const json run = measured_runs(measure({"asyncio", "--env=MALLOC_MMAP_THRESHOLD_=131072"})).at(0);
  expect_calls(run, "mmap", 1);
  expect_calls(run, "mremap", 1);
  expect_calls(run, "munmap", 1);
}

// A multishot receive is one entry for all messages of a connection.
TEST_F(Bench, CppUringHandsOverOneSendAMessage) {
  const json run = measured_runs(measure({"cpp_uring"})).at(0);
  const double sends = run.at("io_uring").at("SEND").at("entries").get<double>();
  EXPECT_NEAR(sends, static_cast<double>(messages(run)),
              2.0 * kConnections + run.at("unit").at("uncertainty").get<double>());
  EXPECT_LT(calls(run, "io_uring_enter"), messages(run));
  EXPECT_EQ(calls(run, "recvfrom") + calls(run, "sendto"), 0U);
}

TEST_F(Bench, AnArmThatIsBoundToOneCpuNeverMigrates) {
  SKIP_UNLESS(support::cpus(2));
  const json recording = measure({"thread", "--client-cpus=1", "--arm=free:server-cpus=0-1",
                                  "--arm=pinned:server-cpus=0", "--seed=1"});
  std::map<std::string, json> runs;
  for (const json& run : measured_runs(recording)) runs[run.at("arm")] = run;
  const auto migrations = [&](const char* arm) {
    return runs.at(arm).at("counters").at("cpu-migrations").at("value").get<double>();
  };
  EXPECT_EQ(runs.at("free").at("target").at("cpus"), "0-1");
  EXPECT_EQ(runs.at("pinned").at("target").at("cpus"), "0");
  EXPECT_EQ(migrations("pinned"), 0);
}

// One model writes, the other sends.
TEST_F(Bench, ArmsAreComparedAndTheConclusionIsLast) {
  const support::TemporaryDirectory directory;
  const std::string file = directory / "r.json";
  const auto result =
      support::run(quick({"--arm=write:model=cpp_epoll", "--arm=send:model=asyncio_sock",
                          "--repeat=3", "--seed=7", "-o", file}));
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  EXPECT_NE(result.out.find("--seed 7"), std::string::npos);
  const std::size_t conclusion =
      result.out.rfind("\n cpp_epoll | asyncio_sock: send against write:");
  ASSERT_NE(conclusion, std::string::npos) << result.out;
  EXPECT_NE(result.out.find("Changed: ", conclusion), std::string::npos) << result.out;
  std::ifstream in(file);
  const json recording = json::parse(in);
  std::map<std::string, json> found;
  for (const json& one : recording.at("comparisons"))
    found[one.at("metric").get<std::string>()] = one;
  EXPECT_EQ(found.at("write/msg").at("verdict"), "changed");
  EXPECT_EQ(found.at("sendto/msg").at("verdict"), "changed");
  EXPECT_EQ(found.at("sendto/msg").at("n"), json::array({3, 3}));
  EXPECT_EQ(found.at("sendto/msg").at("arms"), json::array({"write", "send"}));
}

TEST_F(Bench, HardwareEventsAreCountedOrSaidNotToBe) {
  const json run = measured_runs(measure({"cpp_poll"})).at(0);
  const json& cycles = run.at("counters").at("cycles");
  if (support::pmu().met) {
    EXPECT_GT(cycles.at("value").get<double>(), 0);
  } else {
    EXPECT_EQ(cycles.at("state"), "not_supported");
    EXPECT_TRUE(cycles.at("value").is_null());
    EXPECT_FALSE(cycles.at("reason").get<std::string>().empty());
  }
  EXPECT_GT(run.at("counters").at("task-clock").at("value").get<double>(), 0);
}

TEST_F(Bench, ThreadsAreCountedWithoutTheAgents) {
  const json run = measured_runs(measure({"cpp_th"})).at(0);
  EXPECT_EQ(run.at("target").at("threads"), kConnections + 1);
  expect_calls(run, "recvfrom", 1);
  expect_calls(run, "write", 1);
}

TEST_F(Bench, ABareWindowAndAMeasuredOneComeFromEachServer) {
  const json recording = measure({"cpp_epoll", "--repeat=2"});
  ASSERT_EQ(recording.at("runs").size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    const json& run = recording["runs"][i];
    EXPECT_EQ(run.at("window").at("measured"), i % 2 == 1);
    EXPECT_EQ(run.at("repeat"), i / 2);
    EXPECT_GT(messages(run), 0U);
    EXPECT_FALSE(run.at("latency_us").is_null());
  }
  const auto pids = [&](std::size_t i) { return recording["runs"][i].at("target").at("pids"); };
  EXPECT_EQ(pids(0), pids(1));
  EXPECT_NE(pids(0), pids(2)) << "a fresh process for each run";
}

TEST_F(Bench, ReportPrintsWhatBenchPrinted) {
  const support::TemporaryDirectory directory;
  const std::string file = directory / "r.json";
  const auto bench = support::run(quick({"cpp_epoll", "cpp_poll", "--repeat=2", "-o", file}));
  ASSERT_EQ(bench.status, support::exited(0)) << bench.err;
  const auto report = support::run({support::msgstat(), "report", file, "--to", "text"});
  ASSERT_EQ(report.status, support::exited(0)) << report.err;
  EXPECT_EQ(report.out, bench.out);
  EXPECT_NE(bench.out.find("recvfrom"), std::string::npos);
}

TEST_F(Bench, SaysNothingOnStderrWhenAllIsWellAndNobodyWatches) {
  EXPECT_EQ(support::run(quick({"cpp_epoll"})).err, "");
}

// The pid of a child of `parent` whose command line has `word`; 0 for none.
pid_t find_child(pid_t parent, const std::string& word) {
  const std::string task = "/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent);
  std::ifstream children(task + "/children");
  for (pid_t pid = 0; children >> pid;) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline");
    std::stringstream line;
    line << file.rdbuf();
    if (line.str().find(word) != std::string::npos) return pid;
  }
  return 0;
}

bool exists(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  // A zombie has ended; who inherited it has not looked yet.
  return std::getline(status, line) && line.find(") Z ") == std::string::npos;
}

template <typename Condition>
bool soon(Condition condition) {
  using Clock = std::chrono::steady_clock;
  for (const auto end = Clock::now() + std::chrono::seconds(20); Clock::now() < end;
       ::usleep(10'000))
    if (condition()) return true;
  return condition();
}

// The eBPF programs that threads of the process hold, by the kernel's ids (proc(5), fdinfo).
std::set<int> programs_of(pid_t pid) {
  namespace fs = std::filesystem;
  std::set<int> ids;
  std::error_code gone;
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
    for (const auto& fd : fs::directory_iterator(task.path() / "fdinfo", gone)) {
      std::ifstream file(fd.path());
      for (std::string key; file >> key;)
        if (int id = 0; key == "prog_id:" && file >> id) ids.insert(id);
    }
  }
  return ids;
}

std::set<int> loaded_programs() {
  std::set<int> ids;
  for (const json& program : json::parse(support::run({"bpftool", "-j", "prog", "show"}).out))
    ids.insert(program.at("id").get<int>());
  return ids;
}

class BenchDeath : public Bench {
 protected:
  void SetUp() override {
    Bench::SetUp();
    SKIP_UNLESS(support::command("bpftool"));
  }

  // Until the measured window is open, which is when the server holds links.
  void wait_for_window() {
    ASSERT_TRUE(soon([this] {
      server_ = find_child(bench_.pid(), "cpp_epoll");
      load_ = find_child(bench_.pid(), "--publish-fd");
      return server_ != 0 && load_ != 0 && count_links() > 0;
    }));
    programs_ = programs_of(server_);
    ASSERT_FALSE(programs_.empty());
  }

  [[nodiscard]] std::size_t count_links() const {
    std::size_t links = 0;
    std::error_code gone;
    const auto tasks = "/proc/" + std::to_string(server_) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks, gone))
      for (const auto& fd : std::filesystem::directory_iterator(task.path() / "fd", gone))
        links += std::filesystem::read_symlink(fd, gone) == "anon_inode:bpf_link";
    return links;
  }

  void expect_nothing_left() {
    EXPECT_TRUE(soon([this] { return !exists(server_) && !exists(load_); }));
    EXPECT_TRUE(soon([this] {
      const auto loaded = loaded_programs();
      return std::none_of(programs_.begin(), programs_.end(),
                          [&](int id) { return loaded.contains(id); });
    }));
  }

  support::Child bench_{command({"cpp_epoll", "--duration=20", "--warmup=0", "--connections=20"}),
                        {.timeout = std::chrono::seconds(60)}};
  pid_t server_ = 0;
  pid_t load_ = 0;
  std::set<int> programs_;
};

TEST_F(BenchDeath, OfMsgstatLeavesNothing) {
  wait_for_window();
  bench_.send_signal(SIGKILL);
  EXPECT_EQ(bench_.wait().status, support::signaled(SIGKILL));
  expect_nothing_left();
}

TEST_F(BenchDeath, OfTheServerIsSaid) {
  wait_for_window();
  ::kill(server_, SIGKILL);
  const auto result = bench_.wait();
  EXPECT_EQ(result.status, support::exited(1));
  EXPECT_NE(result.err.find("msgstat: cpp_epoll: the server was killed by signal 9 (KILL)"),
            std::string::npos)
      << result.err;
  expect_nothing_left();
}

TEST_F(BenchDeath, OfTheLoadGeneratorIsSaid) {
  wait_for_window();
  ::kill(load_, SIGKILL);
  const auto result = bench_.wait();
  EXPECT_EQ(result.status, support::exited(1));
  EXPECT_NE(result.err.find("msgstat: cpp_epoll: the load generator was killed by signal 9 (KILL)"),
            std::string::npos)
      << result.err;
  expect_nothing_left();
}

TEST_F(BenchDeath, ByCtrlCPrintsWhatWasMeasured) {
  wait_for_window();
  ::usleep(300'000);
  bench_.send_signal(SIGINT);
  const auto result = bench_.wait();
  EXPECT_EQ(result.status, support::exited(128 + SIGINT));
  EXPECT_NE(result.out.find("recvfrom"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("signal 2"), std::string::npos) << result.out;
  expect_nothing_left();
}

class BenchRefuses : public testing::TestWithParam<BadInput> {};

TEST_P(BenchRefuses, InOneClearLine) { e2e::expect_refused(command(GetParam().words), GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    BadInput, BenchRefuses,
    testing::Values(BadInput{{"nosuch"}, 2, "there is no model 'nosuch'"},
                    BadInput{{"cpp_epoll", "-e", "nosuch"}, 2, "unknown event 'nosuch'"},
                    BadInput{{"cpp_epoll", "--connections=0"}, 2, "--connections"},
                    BadInput{{"cpp_epoll", "--size=0"}, 2, "--size"},
                    BadInput{{"cpp_epoll", "--duration=abc"}, 2, "--duration"},
                    BadInput{{"cpp_epoll", "--server-cpus=8000"}, 2, "there is no CPU 8000"},
                    BadInput{{"cpp_epoll", "--arm=a", "--arm=a"}, 2, "two arms 'a'"},
                    BadInput{{"cpp_epoll", "--arm=a:colour=red"}, 2, "cannot set 'colour'"},
                    BadInput{{"--arm=a:model=thread", "--arm=b"}, 2, "arm 'a' sets the model"},
                    BadInput{{"cpp_epoll", "--env=X"}, 2, "--env takes NAME=VALUE"},
                    BadInput{{"--nosuch"}, 2, "nosuch"},
                    BadInput{
                        {"cpp_epoll", "-o", "/nonexistent/r.json"}, 1, "/nonexistent/r.json"}));

}  // namespace
