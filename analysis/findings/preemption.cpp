#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kEachSecond = 500;
constexpr double kShare = 0.2;

std::vector<Finding> judge(const Run& run) {
  if (!run.sched) return {};
  const TimeByMode& total = run.sched->total;
  const double taken = static_cast<double>(total.involuntary_by_target);
  const double all = static_cast<double>(total.involuntary + total.voluntary);
  if (per_second(run, taken) < kEachSecond || taken < kShare * all) return {};
  Finding finding{.severity = "low"};
  finding.title = fmt::format("threads take the CPU from each other {:.0f} times a second",
                              per_second(run, taken));
  finding.evidence = {
      {"preempted_by_own_threads_per_" + base_name(run), per_base(run, taken)},
      {"preempted_by_others_per_" + base_name(run),
       per_base(run, static_cast<double>(total.involuntary - total.involuntary_by_target))},
      {"share_of_switches", taken / all}};
  finding.why =
      "A thread is put off its CPU before it has finished, for another of the same program: often "
      "one that it has just woken.";
  finding.try_this = {"wake others at the end of what is done, not in the middle",
                      "chrt -b 0 PROGRAM: a batch thread is not preempted by what it wakes",
                      "no more threads than CPUs"};
  return {finding};
}

}  // namespace

const Rule kPreemption = {
    .id = "preemption",
    .looks_for = "threads of the target that take the CPU from each other",
    .threshold =
        "500 involuntary switches a second from one thread of the target to another, and "
        "a fifth of all switches",
    .source =
        "a time slice is about 3 ms (sched(7), base_slice_ns): 500/s is more than a busy CPU makes "
        "by itself",
    .needs = "level explain",
    .judge = judge};

}  // namespace msgstat::analysis
