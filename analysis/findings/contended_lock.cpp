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
    if (!(word.lock == "glibc mutex" || word.lock == "malloc arena" || word.lock == "stdio lock" ||
          word.lock == "glibc rwlock" || word.lock == "priority-inheriting mutex") ||
        !is_busy(run, word))
      continue;
    Finding finding{.severity = "high"};
    finding.title =
        fmt::format("{} {} is fought over{}", word.lock, name_of(word), owner_clause(word));
    finding.evidence = {
        {"sleeps_per_" + base_name(run), per_base(run, static_cast<double>(word.sleeps))},
        {"mean_sleep_us", mean_sleep_us(word)},
        {"hand_offs_per_" + base_name(run), per_base(run, static_cast<double>(word.hand_offs))},
        {"waiters", static_cast<double>(word.waiters)},
        {"threads_asleep", static_cast<double>(word.sleep_ns) / (run.window.seconds * 1e9)}};
    finding.why =
        "Threads find the lock taken and sleep until the holder wakes them. What a message costs "
        "is not the lock but the sleep, the wake-up and the switch.";
    finding.try_this = {"hold it for less: move system calls and copies out of the locked part",
                        "split it: a lock for each connection or shard",
                        "fewer threads than CPUs: threads that do not run together do not meet"};
    findings.push_back(finding);
  }
  return findings;
}

}  // namespace

const Rule kContendedLock = {
    .id = "contended-lock",
    .looks_for = "a lock that threads queue for",
    .threshold = "100 hand-offs a second of that word and 0.02 threads asleep on it on average",
    .source =
        "a lock taken in turn without waiting makes no futex call at all (futex(7)); a parked "
        "worker makes few",
    .needs = "level explain",
    .judge = judge};

}  // namespace msgstat::analysis
