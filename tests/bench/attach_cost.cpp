// What it takes to attach to a process of 10, 1,000 and 19,000 threads that sleep, by msgstat stat
// and by perf stat: the time of the whole command, from its start to its end, with a window of next
// to nothing between, and the descriptors that it holds meanwhile. The two take turns.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace {

using Words = std::vector<std::string>;
using Clock = std::chrono::steady_clock;

constexpr int kTurns = 5;
constexpr const char* kEvents =
    "cycles,instructions,branches,branch-misses,task-clock,context-switches,cpu-migrations,"
    "page-faults";

// The actor of the kernel tests with a herd of threads.
class Herd {
 public:
  explicit Herd(int threads)
      : child_({(support::build_directory() / "tests/kernel/programs/actor").string()}) {
    child_.write("herd " + std::to_string(threads) + "\n");
    if (child_.read_line() != "done") throw std::runtime_error("no herd: " + child_.wait().err);
  }
  [[nodiscard]] std::string pid() const { return std::to_string(child_.pid()); }

 private:
  support::Child child_;
};

std::size_t count_descriptors(pid_t pid) {
  std::error_code gone;
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd", gone);
  return gone ? 0 : static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// Most that it held at any time that was seen.
std::size_t descriptors_of(const Words& command) {
  support::Child child(command);
  std::size_t most = 0;
  while (child.running()) {
    most = std::max(most, count_descriptors(child.pid()));
    ::usleep(5'000);
  }
  child.wait();
  return most;
}

struct Time {
  std::vector<double> ms;
  std::string failure;
};

void take_turn(Time& time, const Words& command) {
  const auto start = Clock::now();
  const support::Result result = support::run(command);
  const double ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  if (result.status == support::exited(0))
    time.ms.push_back(ms);
  else
    time.failure =
        result.err.find("Too many events") != std::string::npos ? "too many events" : "failed";
}

std::string shown(Time time) {
  if (time.ms.empty()) return time.failure;
  std::sort(time.ms.begin(), time.ms.end());
  return fmt::format("{:.0f} ms", time.ms[time.ms.size() / 2]);
}

void compare(int threads) {
  const Herd herd(threads);
  const auto msgstat = [&](const std::string& ms) {
    return Words{support::msgstat(), "stat", "-x", ",", "--timeout", ms, "-p", herd.pid()};
  };
  const auto perf = [&](const std::string& seconds) {
    return Words{"perf", "stat", "-x", ",", "-e", kEvents, "-p", herd.pid(), "sleep", seconds};
  };
  Time of_msgstat;
  Time of_perf;
  for (int turn = 0; turn < kTurns; ++turn) {
    take_turn(of_msgstat, msgstat("1"));
    take_turn(of_perf, perf("0.001"));
  }
  fmt::print("{:>8} {:>12} {:>12}    {:>12} {:>12}\n", threads, shown(of_msgstat),
             descriptors_of(msgstat("1000")), shown(of_perf), descriptors_of(perf("1")));
}

}  // namespace

int main() {
  try {
    fmt::print("{:>8} {:>25}    {:>25}\n", "threads", "msgstat stat", "perf stat -p");
    for (const int threads : {10, 1'000, 19'000}) compare(threads);
    fmt::print("the whole command, median of {}; the descriptors that it held\n", kTurns);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "attach_cost: {}\n", error.what());
    return 1;
  }
}
