#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"
#include "analysis/findings/sites.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kEachUnit = 0.2;
constexpr double kEachSecond = 1000;

std::vector<Finding> judge(const Run& run) {
  std::vector<Finding> findings;
  if (!run.futex) return findings;
  for (const FutexWord& word : run.futex->words) {
    if (word.lock == "CPython GIL" || waits_of(word) == 0 ||
        2 * static_cast<double>(word.changed) < waits_of(word) ||
        !is_frequent(run, static_cast<double>(word.changed), kEachUnit, kEachSecond))
      continue;
    Finding finding{.severity = "high"};
    finding.title =
        fmt::format("{:.0f} % of the waits on {} fail with EAGAIN",
                    100 * static_cast<double>(word.changed) / waits_of(word), name_of(word));
    finding.evidence = {
        {"failed_waits_per_" + base_name(run), per_base(run, static_cast<double>(word.changed))},
        {"share_of_waits", static_cast<double>(word.changed) / waits_of(word)}};
    finding.where = where(word);
    finding.why =
        "The word no longer has the value that the thread decided to sleep on, so the call returns "
        "at once and is tried again: the thread spins through the kernel.";
    finding.try_this = {
        "read the word again before each wait, and wait for what it holds now",
        "spin in user space for as long as the holder is expected to need, then sleep"};
    findings.push_back(finding);
  }
  return findings;
}

}  // namespace

const Rule kFailedWaits = {
    .id = "failed-waits",
    .looks_for = "waits that return at once because the word has changed (EAGAIN)",
    .threshold = "at least half of the waits of a word, and 0.2 a unit, or 1,000/s without a unit",
    .source =
        "EAGAIN is the sign of a race that was lost (futex(2)); most of the waits of a sound lock "
        "sleep",
    .needs = "level explain",
    .judge = judge};

}  // namespace msgstat::analysis
