#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/findings/figures.hpp"
#include "analysis/findings/sites.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kEachUnit = 2;
constexpr double kEachSecond = 5000;

std::vector<Finding> judge(const Run& run) {
  if (!run.futex) return {};
  double calls = 0;
  double failed = 0;
  double wasted = 0;
  double waits = 0;
  double wakes = 0;
  double cross = 0;
  double hand_offs = 0;
  std::vector<CallSite> sites;
  for (const FutexWord& word : run.futex->words) {
    if (word.lock != "CPython GIL") continue;
    calls += futex_calls_of(word);
    sites.insert(sites.end(), word.sites.begin(), word.sites.end());
    waits += waits_of(word);
    wakes += wakes_of(word);
    failed += static_cast<double>(word.changed + word.timed_out);
    wasted += static_cast<double>(word.woke_none);
    hand_offs += static_cast<double>(word.hand_offs);
    cross += static_cast<double>(word.cross_cpu_hand_offs);
  }
  if (!is_frequent(run, calls, kEachUnit, kEachSecond)) return {};
  Finding finding{.severity = "high"};
  finding.title = fmt::format("the interpreter lock (GIL) is handed around by {} futex calls",
                              each(run, calls));
  finding.evidence = {{"futex_calls_per_" + base_name(run), per_base(run, calls)},
                      {"share_of_futex_calls",
                       calls / static_cast<double>(std::max<std::uint64_t>(run.futex->calls, 1))},
                      {"waits_failed_share", waits > 0 ? failed / waits : 0},
                      {"wakes_wasted_share", wakes > 0 ? wasted / wakes : 0},
                      {"cross_cpu_hand_off_share", hand_offs > 0 ? cross / hand_offs : 0}};
  if (run.sched)
    for (const CallTime& call : run.sched->calls)
      if (call.name == "futex") {
        finding.evidence["futex_kernel_us_per_" + base_name(run)] =
            per_base(run, static_cast<double>(call.kernel_ns) / 1e3);
        finding.evidence["futex_wait_for_cpu_us_per_" + base_name(run)] =
            per_base(run, static_cast<double>(call.runnable_ns) / 1e3);
      }
  finding.where = where(sites);
  finding.why =
      "Only one thread runs Python at a time. A thread gives the lock up around every blocking "
      "call "
      "and must take it again after: on several CPUs another thread is awake by then and holds it, "
      "so "
      "both sleep and wake each other through the kernel.";
  finding.try_this = {
      "taskset -acp 0 PID (or bench --server-cpus 0): on one CPU the thread that gave the lock up "
      "mostly finds it free again; expect the futex calls to go and messages/s to rise",
      "fewer threads: an event loop (asyncio, selectors) takes the lock once for many messages",
      "several processes, each with a lock of its own"};
  return {finding};
}

}  // namespace

const Rule kGilConvoy = {
    .id = "gil-convoy",
    .looks_for = "CPython's threads hand the interpreter lock around through the kernel",
    .threshold = "at least 2 futex calls a unit on the GIL, or 5,000/s without a unit",
    .source = "the thread model: 6 to 11 calls a message free, under 2 pinned to one CPU",
    .needs = "level explain",
    .judge = judge};

}  // namespace msgstat::analysis
