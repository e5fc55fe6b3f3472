// Two windows of msgstat with one of perf between them, on the same processes: opened in turn,
// closed in the opposite order. So for every system call, however fast they come,
//
//   inner - s  <=  perf  <=  outer + s
//
// perf counts a call as it begins, msgstat as it returns, and a thread is in one call at a time: a
// call that spans the end of a window is in one count and not in the other, so s is the number of
// threads. For one test, in one thread.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/paths.hpp"
#include "tests/support/perf_stat.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"

namespace e2e {

using Calls = std::map<std::string, std::uint64_t>;

// msgstat stat -p, open once it is constructed.
class StatWindow {
 public:
  explicit StatWindow(const std::vector<pid_t>& pids)
      : child_({support::msgstat(), "stat", "-p", support::joined(pids), "-I", "100", "-x", ",",
                "-e", "task-clock", "-o", file_}) {
    if (!child_.read_line()) throw std::runtime_error("msgstat: " + child_.wait().err);
  }
  // The sum of its laps.
  Calls close() {
    child_.send_signal(SIGINT);
    const auto result = child_.wait();
    EXPECT_EQ(result.status, support::exited(0)) << result.err;
    std::ifstream stream(file_);
    Calls calls;
    const auto recording = nlohmann::json::parse(stream);
    for (const auto& lap : recording.at("runs"))
      for (const auto& [name, call] : lap.at("syscalls").items())
        calls[name] += call.at("calls").get<std::uint64_t>();
    return calls;
  }

 private:
  support::TemporaryDirectory directory_;
  std::string file_ = directory_ / "recording.json";
  support::Child child_;
};

// `load` puts the processes to work and returns when it is done. `threads`: of all of them, those
// that the work starts included.
template <typename Load>
void expect_agreement(const std::vector<pid_t>& pids, std::uint64_t threads, Load load) {
  StatWindow outer_window(pids);
  support::PerfStat perf_window(pids);
  StatWindow inner_window(pids);
  load();
  Calls inner = inner_window.close();
  Calls perf = perf_window.counts();
  Calls outer = outer_window.close();
  std::uint64_t most = 0;
  for (const auto& [name, calls] : outer) most = std::max(most, calls);
  EXPECT_GT(most, 1000U) << "too little work to tell";
  Calls names = outer;
  names.insert(perf.begin(), perf.end());
  for (const auto& [name, ignored] : names) {
    EXPECT_LE(inner[name], perf[name] + threads) << name;
    EXPECT_LE(perf[name], outer[name] + threads) << name;
    // Between the windows the target was idle, so they say the same of what it does under load.
    if (outer[name] == most) {
      EXPECT_LE(outer[name] - inner[name], most / 50 + threads) << name << " of " << most;
    }
  }
}

}  // namespace e2e
