#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kShare = 0.3;
constexpr double kEachUnit = 0.5;
constexpr double kEachSecond = 2000;

std::vector<Finding> judge(const Run& run) {
  if (!run.futex) return {};
  double hand_offs = 0;
  double cross = 0;
  for (const FutexWord& word : run.futex->words) {
    hand_offs += static_cast<double>(word.hand_offs);
    cross += static_cast<double>(word.cross_cpu_hand_offs);
  }
  if (cross < kShare * hand_offs || !is_frequent(run, cross, kEachUnit, kEachSecond)) return {};
  Finding finding{.severity = "medium"};
  finding.title = fmt::format("{:.0f} % of the hand-offs cross to another CPU, {}",
                              100 * cross / hand_offs, each(run, cross));
  finding.evidence = {{"cross_cpu_hand_offs_per_" + base_name(run), per_base(run, cross)},
                      {"share_of_hand_offs", cross / hand_offs}};
  finding.why =
      "The woken thread runs elsewhere than its waker: an interrupt wakes the other CPU, and what "
      "the lock guards is in the first one's cache.";
  finding.try_this = {
      "taskset -acp CPU PID: bind threads that hand over to each other to one CPU; expect fewer "
      "crossings"};
  return {finding};
}

}  // namespace

const Rule kCrossCpuHandOffs = {
    .id = "cross-cpu-hand-offs",
    .looks_for = "locks handed from one CPU to another",
    .threshold = "30 % of the hand-offs, and 0.5 a unit, or 2,000/s without a unit",
    .source =
        "a wake-up on another CPU takes an interrupt and cold caches: some microseconds, against "
        "under one on the same",
    .needs = "level explain",
    .judge = judge};

}  // namespace msgstat::analysis
