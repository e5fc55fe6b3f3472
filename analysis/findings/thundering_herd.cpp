#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"
#include "analysis/findings/sites.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kWakesPerSecond = 50;
constexpr double kThreadsEach = 3;

std::vector<Finding> judge(const Run& run) {
  std::vector<Finding> findings;
  if (!run.futex) return findings;
  for (const FutexWord& word : run.futex->words) {
    if (word.lock == "glibc barrier" || word.woke_many == 0 ||
        per_second(run, static_cast<double>(word.woke_many)) < kWakesPerSecond ||
        static_cast<double>(word.threads_woken_at_once) <
            kThreadsEach * static_cast<double>(word.woke_many))
      continue;
    Finding finding{.severity = "high"};
    const double woken =
        static_cast<double>(word.threads_woken_at_once) / static_cast<double>(word.woke_many);
    finding.title =
        fmt::format("each wake of {} wakes a herd of {:.1f} threads", name_of(word), woken);
    finding.evidence = {
        {"threads_a_wake", woken},
        {"herds_per_" + base_name(run), per_base(run, static_cast<double>(word.woke_many))}};
    finding.where = where(word);
    finding.why =
        "All sleepers are made runnable at once; each pays a switch, and those that find nothing "
        "go back to sleep.";
    finding.try_this = {
        "wake one: pthread_cond_signal in the place of pthread_cond_broadcast, notify_one of "
        "notify_all",
        "EPOLLEXCLUSIVE or SO_REUSEPORT where the herd waits for a socket"};
    findings.push_back(finding);
  }
  return findings;
}

}  // namespace

const Rule kThunderingHerd = {
    .id = "thundering-herd",
    .looks_for = "one wake for many sleepers, of whom few find work",
    .threshold = "50 wakes a second that woke 3 threads or more each on average",
    .source =
        "a wake of one is what a queue of work needs (futex(2), FUTEX_WAKE); a barrier wakes all "
        "by design and is left out",
    .needs = "level explain",
    .judge = judge};

}  // namespace msgstat::analysis
