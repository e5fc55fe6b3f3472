#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kEachUnit = 0.2;
constexpr double kEachSecond = 1000;

std::vector<Finding> judge(const Run& run) {
  double moved = 0;
  for (const Counter& counter : run.counters)
    if (counter.name == "cpu-migrations") moved = counter.value.value_or(0);
  if (run.sched) moved = static_cast<double>(run.sched->total.migrations);
  if (!is_frequent(run, moved, kEachUnit, kEachSecond)) return {};
  Finding finding{.severity = "medium"};
  finding.title = fmt::format("threads move to another CPU {} times", each(run, moved));
  finding.evidence = {{"migrations_per_" + base_name(run), per_base(run, moved)}};
  finding.why =
      "The scheduler wakes threads where a CPU is idle, and each finds cold caches there.";
  finding.try_this = {"msgstat trial -p PID --pin CPUS: bind it and see what it gains"};
  return {finding};
}

}  // namespace

const Rule kMigrations = {
    .id = "migrations",
    .looks_for = "threads that move from CPU to CPU",
    .threshold = "0.2 a unit, or 1,000/s without a unit",
    .source = "a thread that moves leaves its cache behind; a bound server has none",
    .needs = "level counts",
    .judge = judge};

}  // namespace msgstat::analysis
