// What msgstat explain says of a program that nobody here wrote: nothing but what is allowed.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"

namespace e2e {

// What depends on who else wants the machine's CPUs, and what is information only.
inline std::set<std::string> findings_of_any_program() {
  return {"runnable-waiting", "preemption",   "migrations", "cross-cpu-hand-offs",
          "single-events",    "idle-parking", "blind-spots"};
}

// Runs `load` again and again in a window of some seconds. `findings` and `locks` (the beginnings
// of the names of classes) are what may be said besides; each stack of a futex word ends in a file.
template <typename Load>
void expect_sensible(pid_t pid, Load load, std::set<std::string> findings,
                     const std::set<std::string>& locks) {
  findings.merge(findings_of_any_program());
  const support::TemporaryDirectory directory;
  const std::string file = directory / "recording.json";
  support::Child explain(
      {support::msgstat(), "explain", "-p", std::to_string(pid), "--duration=2.5", "-o", file});
  while (explain.running()) load();
  const auto result = explain.wait();
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  std::ifstream stream(file);
  const auto run = nlohmann::json::parse(stream).at("runs").at(0);
  for (const auto& finding : run.at("findings"))
    EXPECT_TRUE(findings.contains(finding.at("id"))) << result.out;
  std::uint64_t calls = 0;
  for (const auto& word : run.at("futex").at("words")) {
    const std::string lock = word.at("lock");
    EXPECT_TRUE(lock == "unknown" || std::any_of(locks.begin(), locks.end(),
                                                 [&lock](const std::string& beginning) {
                                                   return lock.starts_with(beginning);
                                                 }))
        << lock << " at " << word.at("place");
    for (const auto& site : word.at("sites"))
      for (const auto& frame : site.at("frames"))
        EXPECT_FALSE(frame.at("file").template get<std::string>().empty()) << site;
  }
  for (const auto& [name, call] : run.at("syscalls").items())
    calls += call.at("calls").template get<std::uint64_t>();
  EXPECT_GT(calls, 100U) << "too little work to tell";
  const auto& sched = run.at("sched");
  EXPECT_LT(std::abs(sched.at("remainder_ns").template get<double>()),
            0.05 * sched.at("whole_ns").template get<double>());
}

}  // namespace e2e
