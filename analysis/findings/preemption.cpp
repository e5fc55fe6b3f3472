#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kEachSecond = 500;
constexpr double kShare = 0.2;

std::vector<Finding> judge(const Run& run) {
  if (!run.sched) return {};
  const double taken = static_cast<double>(run.sched->total.involuntary);
  const double all = taken + static_cast<double>(run.sched->total.voluntary);
  if (per_second(run, taken) < kEachSecond || taken < kShare * all) return {};
  Finding finding{.severity = "low"};
  finding.title =
      fmt::format("threads are preempted {:.0f} times a second", per_second(run, taken));
  finding.evidence = {{"involuntary_switches_per_" + base_name(run), per_base(run, taken)},
                      {"share_of_switches", taken / all}};
  finding.why =
      "Others that want the CPU are let in before the thread has finished: often those that it has "
      "just woken.";
  finding.try_this = {"chrt -b 0 for what runs beside it", "a CPU of its own: taskset, isolcpus"};
  return {finding};
}

}  // namespace

const Rule kPreemption = {
    .id = "preemption",
    .looks_for = "threads that the scheduler takes off their CPU",
    .threshold = "500 involuntary switches a second, and a fifth of all switches",
    .source =
        "a time slice is about 3 ms (sched(7), base_slice_ns): 500/s is more than a busy CPU makes "
        "by itself",
    .needs = "level explain",
    .judge = judge};

}  // namespace msgstat::analysis
