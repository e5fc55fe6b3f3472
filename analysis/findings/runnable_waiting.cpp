#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kLeastCpus = 0.5;

std::vector<Finding> judge(const Run& run) {
  if (!run.sched || run.window.seconds <= 0) return {};
  const TimeByMode& total = run.sched->total;
  const double on_cpu = static_cast<double>(total.user_ns + total.kernel_ns + total.unknown_ns);
  const double waiting = static_cast<double>(total.runnable_ns);
  if (waiting < on_cpu || waiting < kLeastCpus * run.window.seconds * 1e9) return {};
  Finding finding{.severity = "medium"};
  finding.title =
      fmt::format("threads wait for a CPU {:.1f} times as long as they run", waiting / on_cpu);
  finding.evidence = {{"waiting_for_cpu_us_per_" + base_name(run), per_base(run, waiting / 1e3)},
                      {"on_cpu_us_per_" + base_name(run), per_base(run, on_cpu / 1e3)},
                      {"threads_waiting", waiting / (run.window.seconds * 1e9)}};
  finding.why =
      "More threads want to run than there are CPUs for them, those of other programs included.";
  finding.try_this = {"more CPUs: a wider taskset or cgroup cpuset", "fewer threads",
                      "what else runs: top, or msgstat stat on it"};
  return {finding};
}

}  // namespace

const Rule kRunnableWaiting = {
    .id = "runnable-waiting",
    .looks_for = "threads that could run and have no CPU",
    .threshold = "as much time waiting for a CPU as on one, and half a CPU of it",
    .source = "where the run queue is as long as the work, latency doubles",
    .needs = "level explain",
    .judge = judge};

}  // namespace msgstat::analysis
