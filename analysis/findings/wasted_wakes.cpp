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
    if (word.lock == "CPython GIL" || wakes_of(word) == 0 ||
        2 * static_cast<double>(word.woke_none) < wakes_of(word) ||
        !is_frequent(run, static_cast<double>(word.woke_none), kEachUnit, kEachSecond))
      continue;
    Finding finding{.severity = "medium"};
    finding.title =
        fmt::format("{:.0f} % of the wakes of {} wake nobody",
                    100 * static_cast<double>(word.woke_none) / wakes_of(word), name_of(word));
    finding.evidence = {
        {"wasted_wakes_per_" + base_name(run), per_base(run, static_cast<double>(word.woke_none))},
        {"share_of_wakes", static_cast<double>(word.woke_none) / wakes_of(word)}};
    finding.where = where(word);
    finding.why =
        "The waker goes to the kernel although no thread sleeps there, or those that slept have "
        "gone.";
    finding.try_this = {"keep a count of waiters beside the word and wake only when it is not 0"};
    findings.push_back(finding);
  }
  return findings;
}

}  // namespace

const Rule kWastedWakes = {
    .id = "wasted-wakes",
    .looks_for = "wakes that wake nobody",
    .threshold = "at least half of the wakes of a word, and 0.2 a unit, or 1,000/s without a unit",
    .source = "a wake that returns 0 is a system call for nothing (futex(2))",
    .needs = "level explain",
    .judge = judge};

}  // namespace msgstat::analysis
