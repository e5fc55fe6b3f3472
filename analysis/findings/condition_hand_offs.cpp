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
    if (word.lock != "glibc condition variable" || !is_busy(run, word)) continue;
    Finding finding{.severity = "medium"};
    finding.title = fmt::format("threads take turns by the {} {}", word.lock, name_of(word));
    finding.evidence = {
        {"sleeps_per_" + base_name(run), per_base(run, static_cast<double>(word.sleeps))},
        {"mean_sleep_us", mean_sleep_us(word)},
        {"hand_offs_per_" + base_name(run), per_base(run, static_cast<double>(word.hand_offs))},
        {"waiters", static_cast<double>(word.waiters)},
        {"threads_asleep", static_cast<double>(word.sleep_ns) / (run.window.seconds * 1e9)}};
    finding.why =
        "Each signal puts one thread to sleep and wakes another: a switch, and often another CPU, "
        "for every item that is handed over.";
    finding.try_this = {"hand over several items at once",
                        "let the thread that has the item do the work",
                        "spin briefly before sleeping when the other side answers in microseconds"};
    findings.push_back(finding);
  }
  return findings;
}

}  // namespace

const Rule kConditionHandOffs = {
    .id = "condition-hand-offs",
    .looks_for = "threads that wait for each other turn by turn",
    .threshold = "100 hand-offs a second of that word and 0.02 threads asleep on it on average",
    .source =
        "a lock taken in turn without waiting makes no futex call at all (futex(7)); a parked "
        "worker makes few",
    .needs = "level explain",
    .judge = judge};

}  // namespace msgstat::analysis
