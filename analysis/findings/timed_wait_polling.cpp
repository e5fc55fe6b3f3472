#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kEachSecond = 50;

std::vector<Finding> judge(const Run& run) {
  std::vector<Finding> findings;
  if (!run.futex) return findings;
  for (const FutexWord& word : run.futex->words) {
    if (word.lock == "CPython GIL" || waits_of(word) == 0 ||
        2 * static_cast<double>(word.timed_out) < waits_of(word) ||
        per_second(run, static_cast<double>(word.timed_out)) < kEachSecond)
      continue;
    Finding finding{.severity = "low"};
    finding.title = fmt::format("{} is polled: {:.0f} waits a second time out", name_of(word),
                                per_second(run, static_cast<double>(word.timed_out)));
    finding.evidence = {{"timed_out_per_s", per_second(run, static_cast<double>(word.timed_out))},
                        {"mean_sleep_us", mean_sleep_us(word)}};
    finding.why = "A thread wakes up again and again to see whether something has happened.";
    finding.try_this = {"signal the condition when it becomes true, and wait without a timeout",
                        "a longer timeout"};
    findings.push_back(finding);
  }
  return findings;
}

}  // namespace

const Rule kTimedWaitPolling = {
    .id = "timed-wait-polling",
    .looks_for = "waits that mostly end by their timeout",
    .threshold = "at least half of the waits of a word, and 50 a second",
    .source = "a wait that only ever times out is a timer; 50/s is a period of 20 ms",
    .needs = "level explain",
    .judge = judge};

}  // namespace msgstat::analysis
