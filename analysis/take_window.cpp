#include <algorithm>

#include "analysis/findings/finding.hpp"
#include "analysis/recording.hpp"
#include "tracer/syscall_name.hpp"

namespace msgstat::analysis {
namespace {

std::string recorded_name(const std::string& name, Abi abi) {
  switch (abi) {
    case Abi::kCompat32:
      return "compat32:" + name;
    case Abi::kX32:
      return "x32:" + name;
    case Abi::kNative:
      break;
  }
  return name;
}

std::vector<Syscall> take_syscalls(const std::vector<SyscallCount>& counts) {
  std::vector<Syscall> syscalls;
  for (const SyscallCount& count : counts) {
    Syscall& syscall = syscalls.emplace_back(Syscall{.name = recorded_name(count.name, count.abi),
                                                     .calls = count.calls,
                                                     .errors = count.errors});
    syscall.time = count.time;
    for (const auto& [error, calls] : count.errors_by_errno)
      syscall.errors_by_name[tracer::errno_name(error)] += calls;
  }
  std::stable_sort(syscalls.begin(), syscalls.end(),
                   [](const Syscall& a, const Syscall& b) { return a.calls > b.calls; });
  return syscalls;
}

std::vector<ThreadCounts> take_threads(std::vector<ThreadCounts> threads) {
  for (ThreadCounts& thread : threads)
    for (ThreadSyscall& call : thread.syscalls) {
      call.name = recorded_name(call.name, call.abi);
      call.abi = Abi::kNative;
    }
  return threads;
}

ObserverCost take_observer(const Observer& observer, double seconds) {
  return {.bpf_runs = observer.bpf_runs,
          .bpf_ns = observer.bpf_ns,
          .sampled_s = observer.sampled_s,
          .cpu_percent = seconds > 0 ? observer.bpf_ns / (seconds * 1e9) * 100 : 0};
}

// "receive" for sock:recv; else what the expression ends in.
std::string unit_name(const std::string& expression) {
  if (expression == "sock:recv") return "receive";
  if (expression == "sock:send") return "send";
  if (expression.starts_with("count:")) return "unit";
  return expression.substr(expression.rfind(':') + 1);
}

void take_units(Run& run, const Window& window) {
  run.units.clear();
  for (const NamedUnits& seen : window.unit_counts) {
    run.units.push_back({.name = unit_name(seen.expression),
                         .source = seen.expression,
                         .count = seen.count,
                         .counted_by = seen.source,
                         .reason = seen.reason});
    // What keeps all from being counted is said with the system calls.
    if (!seen.count && seen.reason != window.syscalls_reason)
      run.blind_spots.push_back("units " + seen.expression + ": " + seen.reason);
  }
  if (window.units || run.units.empty()) return;
  run.unit.reset();
  if (const CountedUnits& first = run.units.front(); first.count)
    run.unit = Unit{.name = first.name, .source = first.source, .count = *first.count};
}

}  // namespace

void take_window(Run& run, const Window& window) {
  run.window.seconds = window.seconds;
  if (window.units) {
    if (!run.unit) run.unit = Unit{.name = "message", .source = "load"};
    run.unit->count = window.units->count;
    run.unit->uncertainty = window.units->uncertainty;
  }
  run.cpu = window.cpu;
  run.counters = window.events;
  run.syscalls.reset();
  if (window.syscalls) run.syscalls = take_syscalls(*window.syscalls);
  run.syscalls_reason = window.syscalls_reason;
  run.by_thread.reset();
  if (window.by_thread) run.by_thread = take_threads(*window.by_thread);
  run.uring = window.uring;
  run.loss = window.loss;
  run.observer.reset();
  if (window.observer) run.observer = take_observer(*window.observer, window.seconds);
  run.blind_spots = window.blind_spots;
  take_units(run, window);
  run.target.threads = window.threads;
  run.futex = window.futex;
  run.sched = window.sched;
  run.findings = find_findings(run);
}

}  // namespace msgstat::analysis
