#include "analysis/findings/lock_waits.hpp"

#include <algorithm>

#include "analysis/findings/figures.hpp"
#include "analysis/findings/sites.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kHandOffsPerSecond = 100;
constexpr double kManyHandOffsPerSecond = 1000;
constexpr double kThreadsAsleep = 0.02;

// A mutex that is handed over after a short sleep is no trouble; turns are, for each is a switch.
bool takes_turns(const FutexWord& word) {
  return word.lock == "glibc condition variable" || word.lock == "glibc semaphore" ||
         word.lock == "glibc barrier";
}

bool is_busy(const Run& run, const FutexWord& word) {
  if (run.window.seconds <= 0) return false;
  const double hand_offs = per_second(run, static_cast<double>(word.hand_offs));
  return (hand_offs >= kManyHandOffsPerSecond && takes_turns(word)) ||
         (hand_offs >= kHandOffsPerSecond &&
          static_cast<double>(word.sleep_ns) >= kThreadsAsleep * run.window.seconds * 1e9);
}

// A condition variable has two words that take turns: it is said once.
bool is_same_lock(const FutexWord& one, const FutexWord& other) {
  return one.pid == other.pid && one.lock == other.lock && !one.place.symbol.empty() &&
         one.place.symbol == other.place.symbol && one.place.module == other.place.module;
}

}  // namespace

std::vector<Finding> find_lock_waits(const Run& run, std::initializer_list<std::string_view> locks,
                                     const Finding& like,
                                     std::string (*title_of)(const FutexWord& word)) {
  std::vector<Finding> findings;
  if (!run.futex) return findings;
  std::vector<const FutexWord*> said;
  for (const FutexWord& word : run.futex->words) {
    if (std::find(locks.begin(), locks.end(), word.lock) == locks.end() || !is_busy(run, word))
      continue;
    if (std::any_of(said.begin(), said.end(),
                    [&word](const FutexWord* before) { return is_same_lock(*before, word); }))
      continue;
    said.push_back(&word);
    Finding& finding = findings.emplace_back(like);
    finding.title = title_of(word);
    finding.where = where(word);
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
