// Two windows of msgstat with one of perf between them, on the same processes: opened in turn,
// closed in the opposite order. So for every system call, however fast they come,
//
//   inner - s  <=  perf  <=  outer + s
//
// perf counts a call as it begins, msgstat as it returns, and a thread is in one call at a time: a
// call that spans the end of a window is in one count and not in the other, so s is the number of
// threads. For one test, in one thread.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/descriptor.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"

namespace e2e {

using Calls = std::map<std::string, std::uint64_t>;

inline std::string joined(const std::vector<pid_t>& pids) {
  std::string list;
  for (const pid_t pid : pids) list += (list.empty() ? "" : ",") + std::to_string(pid);
  return list;
}

// msgstat stat -p, open once it is constructed.
class StatWindow {
 public:
  explicit StatWindow(const std::vector<pid_t>& pids)
      : child_({support::msgstat(), "stat", "-p", joined(pids), "-I", "100", "-x", ",", "-e",
                "task-clock", "-o", file_}) {
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

// perf stat -e 'syscalls:sys_enter_*', counting once it is constructed.
class PerfWindow {
 public:
  explicit PerfWindow(const std::vector<pid_t>& pids)
      : control_(make_fifo("control")),
        answer_(make_fifo("answer")),
        child_(
            {"perf", "stat", "-D", "-1", "--control",
             "fifo:" + (directory_ / "control").string() + "," + (directory_ / "answer").string(),
             "-x", ",", "-o", output_, "-e", "syscalls:sys_enter_*", "-p", joined(pids)}) {
    order("enable\n");
  }
  Calls close() {
    order("disable\n");
    child_.send_signal(SIGINT);
    child_.wait();
    Calls calls;
    std::ifstream file(output_);
    for (std::string line; std::getline(file, line);) {
      const std::size_t at = line.find("sys_enter_");
      const std::uint64_t count = std::strtoull(line.c_str(), nullptr, 10);
      if (at == std::string::npos || count == 0) continue;
      const std::size_t begin = at + std::string("sys_enter_").size();
      // The tracepoints of these are named otherwise than the calls.
      static const std::map<std::string, std::string> names = {
          {"newstat", "stat"},   {"newfstat", "fstat"},      {"newlstat", "lstat"},
          {"newuname", "uname"}, {"sendfile64", "sendfile"}, {"umount", "umount2"}};
      std::string name = line.substr(begin, line.find(',', begin) - begin);
      if (const auto other = names.find(name); other != names.end()) name = other->second;
      calls[name] = count;
    }
    return calls;
  }

 private:
  [[nodiscard]] support::Descriptor make_fifo(const std::string& name) const {
    const std::string path = directory_ / name;
    if (::mkfifo(path.c_str(), 0600) != 0) throw std::runtime_error("mkfifo " + path);
    return support::Descriptor(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  }
  void order(const std::string& text) const {
    if (::write(control_.get(), text.data(), text.size()) < 0) throw std::runtime_error("write");
    char answer[16];
    if (::read(answer_.get(), answer, sizeof answer) <= 0) throw std::runtime_error("no answer");
  }

  support::TemporaryDirectory directory_;
  std::string output_ = directory_ / "output";
  support::Descriptor control_;
  support::Descriptor answer_;
  support::Child child_;
};

inline support::Requirement perf_tracepoints() {
  if (auto perf = support::command("perf"); !perf.met) return perf;
  const auto tried = support::run({"perf", "stat", "-e", "syscalls:sys_enter_getppid", "true"});
  return {"perf_tracepoints", tried.status == support::exited(0), 0,
          "perf stat -e syscalls:sys_enter_getppid"};
}

// `load` puts the processes to work and returns when it is done. `threads`: of all of them, those
// that the work starts included.
template <typename Load>
void expect_agreement(const std::vector<pid_t>& pids, std::uint64_t threads, Load load) {
  StatWindow outer_window(pids);
  PerfWindow perf_window(pids);
  StatWindow inner_window(pids);
  load();
  Calls inner = inner_window.close();
  Calls perf = perf_window.close();
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
