#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kEachUnit = 1;
constexpr double kEachSecond = 1000;

std::vector<Finding> judge(const Run& run) {
  const double calls = calls_of(run, {"sched_yield", "nanosleep", "clock_nanosleep"});
  if (!is_frequent(run, calls, kEachUnit, kEachSecond)) return {};
  Finding finding{.severity = "medium"};
  finding.title =
      fmt::format("threads spin by {} calls of sched_yield or nanosleep", each(run, calls));
  finding.evidence = {
      {"yields_per_" + base_name(run), per_base(run, calls_of(run, {"sched_yield"}))},
      {"sleeps_per_" + base_name(run),
       per_base(run, calls_of(run, {"nanosleep", "clock_nanosleep"}))}};
  finding.why =
      "A thread looks again and again whether it may go on, through the kernel each time.";
  finding.try_this = {"wait on a futex, a condition variable or an eventfd"};
  return {finding};
}

}  // namespace

const Rule kSpinning = {
    .id = "spinning",
    .looks_for = "sched_yield or short sleeps in the place of waiting",
    .threshold =
        "1 call a unit of sched_yield, nanosleep and clock_nanosleep, or 1,000/s without a unit",
    .source = "sched_yield(2): not meant for waiting under SCHED_OTHER",
    .needs = "level counts",
    .judge = judge};

}  // namespace msgstat::analysis
