#include "analysis/findings/lock_waits.hpp"

#include <algorithm>

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

}  // namespace

std::vector<Finding> find_lock_waits(const Run& run, std::initializer_list<std::string_view> locks,
                                     const Finding& like,
                                     std::string (*title_of)(const FutexWord& word)) {
  std::vector<Finding> findings;
  if (!run.futex) return findings;
  for (const FutexWord& word : run.futex->words) {
    if (std::find(locks.begin(), locks.end(), word.lock) == locks.end() || !is_busy(run, word))
      continue;
    Finding& finding = findings.emplace_back(like);
    finding.title = title_of(word);
    finding.evidence = {
        {"sleeps_per_" + base_name(run), per_base(run, static_cast<double>(word.sleeps))},
        {"mean_sleep_us", mean_sleep_us(word)},
        {"hand_offs_per_" + base_name(run), per_base(run, static_cast<double>(word.hand_offs))},
        {"waiters", static_cast<double>(word.waiters)},
        {"threads_asleep", static_cast<double>(word.sleep_ns) / (run.window.seconds * 1e9)}};
  }
  return findings;
}

}  // namespace msgstat::analysis
