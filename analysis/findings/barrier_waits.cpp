#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kHandOffsPerSecond = 100;
constexpr double kThreadsAsleep = 0.02;

bool is_busy(const Run& run, const FutexWord& word) {
  return run.window.seconds > 0 &&
         per_second(run, static_cast<double>(word.hand_offs)) >= kHandOffsPerSecond &&
         static_cast<double>(word.sleep_ns) >= kThreadsAsleep * run.window.seconds * 1e9;
}

std::vector<Finding> judge(const Run& run) {
  std::vector<Finding> findings;
  if (!run.futex) return findings;
  for (const FutexWord& word : run.futex->words) {
    if (word.lock != "glibc barrier" || !is_busy(run, word)) continue;
    Finding finding{.severity = "medium"};
    finding.title =
        fmt::format("threads wait for the slowest of them at the {} {}", word.lock, name_of(word));
    finding.evidence = {
        {"sleeps_per_" + base_name(run), per_base(run, static_cast<double>(word.sleeps))},
        {"mean_sleep_us", mean_sleep_us(word)},
        {"hand_offs_per_" + base_name(run), per_base(run, static_cast<double>(word.hand_offs))},
        {"waiters", static_cast<double>(word.waiters)},
        {"threads_asleep", static_cast<double>(word.sleep_ns) / (run.window.seconds * 1e9)}};
    finding.why =
        "Nobody goes on before the last has come: all pay for the slowest, and for being woken at "
        "once.";
    finding.try_this = {"give each thread the same amount of work", "meet less often",
                        "no more threads than CPUs: taskset, or the pool's size"};
    findings.push_back(finding);
  }
  return findings;
}

}  // namespace

const Rule kBarrierWaits = {
    .id = "barrier-waits",
    .looks_for = "threads that wait for the slowest",
    .threshold = "100 hand-offs a second of that word and 0.02 threads asleep on it on average",
    .source =
        "a lock taken in turn without waiting makes no futex call at all (futex(7)); a parked "
        "worker makes few",
    .needs = "level explain",
    .judge = judge};

}  // namespace msgstat::analysis
