// `stat -I` for a long time on a server whose threads come and go: what it holds stays the same,
// and the laps add up to what was done. MSGSTAT_SOAK_S seconds, 60 if not given.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "servers/catalog.hpp"
#include "tests/e2e/model_server.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kConnections = 11;
constexpr std::uint64_t kMessages = 499;  // of each connection, which is a thread of the server

std::chrono::seconds duration() {
  const char* given = std::getenv("MSGSTAT_SOAK_S");
  return std::chrono::seconds(given == nullptr ? 60 : std::max(1, std::atoi(given)));
}

struct Held {
  std::int64_t anonymous_kib = 0;
  std::size_t descriptors = 0;
};

Held held_by(pid_t pid) {
  const fs::path proc = "/proc/" + std::to_string(pid);
  Held held;
  std::ifstream status(proc / "status");
  for (std::string word; status >> word;)
    if (word == "RssAnon:") status >> held.anonymous_kib;
  const fs::directory_iterator all(proc / "fd");
  held.descriptors = static_cast<std::size_t>(std::distance(begin(all), end(all)));
  return held;
}

Held least_of(const std::vector<Held>& looks) {
  Held least = looks.front();
  for (const Held& look : looks) {
    least.anonymous_kib = std::min(least.anonymous_kib, look.anonymous_kib);
    least.descriptors = std::min(least.descriptors, look.descriptors);
  }
  return least;
}

// Sums over all laps, by event: TIME,VALUE,UNIT,EVENT,…
std::map<std::string, std::uint64_t> add_up(const std::string& file, std::size_t& laps) {
  std::map<std::string, std::uint64_t> sums;
  std::ifstream lines(file);
  std::string last_time;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string time;
    std::string value;
    std::string unit;
    std::string event;
    std::getline(fields, time, ',');
    std::getline(fields, value, ',');
    std::getline(fields, unit, ',');
    std::getline(fields, event, ',');
    laps += time != std::exchange(last_time, time);
    if (!value.starts_with('<')) sums[event] += std::stoull(value);
  }
  return sums;
}

TEST(Soak, NothingGrowsAndNothingIsLost) {
  SKIP_UNLESS(support::bpf());
  const support::TemporaryDirectory directory;
  const std::string laps_file = directory / "laps";
  e2e::ModelServer server(*servers::find_model("cpp_th"));
  support::Child stat({"sh", "-c", R"(exec "$0" stat -p "$1" -I 250 -x, >"$2")", support::msgstat(),
                       std::to_string(server.child().pid()), laps_file});
  while (stat.running() && (!fs::exists(laps_file) || fs::file_size(laps_file) == 0))
    std::this_thread::sleep_for(std::chrono::milliseconds(20));

  std::uint64_t rounds = 0;
  std::vector<Held> held;
  for (const auto begin = Clock::now(); Clock::now() < begin + duration(); ++rounds) {
    const auto load = support::run(
        {support::msgstat(), "load", "--connect", "127.0.0.1:" + std::to_string(server.port()),
         "--connections", std::to_string(kConnections), "--messages", std::to_string(kMessages)});
    ASSERT_EQ(load.status, support::exited(0)) << load.out << load.err;
    held.push_back(held_by(stat.pid()));
  }
  ASSERT_EQ(server.sockets_once_at_most(1), 1U);
  while (server.threads() > 1) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  stat.send_signal(SIGINT);
  EXPECT_EQ(stat.wait().status, support::exited(0));

  // What a first round makes it allocate it has by the second quarter. A file of /proc that it has
  // open for a moment is not in the least of several looks.
  ASSERT_GE(held.size(), 8U);
  const auto quarter = static_cast<std::ptrdiff_t>(held.size() / 4);
  const Held early = least_of({held.begin() + quarter, held.begin() + 2 * quarter});
  const Held late = least_of({held.end() - quarter, held.end()});
  constexpr std::int64_t kNoiseKib = 256;
  EXPECT_LE(late.anonymous_kib, early.anonymous_kib + kNoiseKib);
  EXPECT_EQ(late.descriptors, early.descriptors);

  std::size_t laps = 0;
  auto sums = add_up(laps_file, laps);
  const std::uint64_t connections = rounds * kConnections;
  EXPECT_EQ(sums["unit:sock:recv"], connections * kMessages);
  EXPECT_EQ(sums["syscall:write"], connections * kMessages);
  EXPECT_EQ(sums["syscall:recvfrom"], connections * (kMessages + 1));  // and the end of the stream
  for (const char* call : {"syscall:accept4", "syscall:clone3", "syscall:exit"})
    EXPECT_EQ(sums[call], connections) << call;
  std::cout << laps << " laps, " << connections << " threads, " << connections * kMessages
            << " messages; " << early.anonymous_kib << " to " << late.anonymous_kib << " KiB, "
            << late.descriptors << " descriptors\n";
}

}  // namespace
