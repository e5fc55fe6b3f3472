#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kThreads = 0.9;
constexpr double kCallsEach = 20;

std::vector<Finding> judge(const Run& run) {
  if (!run.sched || !run.futex || run.window.seconds <= 0) return {};
  double asleep_ns = 0;
  for (const CallTime& call : run.sched->calls)
    if (call.name == "futex") asleep_ns = static_cast<double>(call.blocked_ns);
  const double threads = asleep_ns / (run.window.seconds * 1e9);
  const double calls = per_second(run, static_cast<double>(run.futex->calls));
  if (threads < kThreads || calls >= kCallsEach * threads) return {};
  Finding finding{.severity = "info"};
  finding.title = fmt::format("{:.0f} threads are parked and cost nothing", threads);
  finding.evidence = {{"threads_asleep", threads}, {"futex_calls_per_s", calls}};
  finding.why = "They sleep in futex until there is work, and are hardly ever woken.";
  return {finding};
}

}  // namespace

const Rule kIdleParking = {
    .id = "idle-parking",
    .looks_for = "workers that are parked, which is not contention",
    .threshold = "one thread asleep in futex on average that is woken less than 20 times a second",
    .source = "a pool waits for work in futex: a long wait is not contention",
    .needs = "level explain",
    .judge = judge};

}  // namespace msgstat::analysis
