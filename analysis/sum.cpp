#include "analysis/sum.hpp"

#include <algorithm>

#include "analysis/findings/finding.hpp"

namespace msgstat::analysis {
namespace {

// No thread of it ran: there was nothing to count.
bool was_idle(const Counter& counter) { return !counter.value && counter.running == 1; }

void add(std::vector<Syscall>& totals, const std::vector<Syscall>& next) {
  for (const Syscall& call : next) {
    const auto found = std::find_if(totals.begin(), totals.end(), [&call](const Syscall& total) {
      return total.name == call.name;
    });
    if (found == totals.end()) {
      totals.push_back(call);
      continue;
    }
    found->calls += call.calls;
    found->errors += call.errors;
    if (found->time && call.time)
      add_time(*found->time, *call.time);
    else if (call.time)
      found->time = call.time;
    for (const auto& [error, count] : call.errors_by_name) found->errors_by_name[error] += count;
  }
  std::stable_sort(totals.begin(), totals.end(),
                   [](const Syscall& a, const Syscall& b) { return a.calls > b.calls; });
}

void add(CountedUnits& total, const CountedUnits& next) {
  if (total.count && next.count) {
    *total.count += *next.count;
    return;
  }
  if (total.count) total.reason = next.reason;
  total.count.reset();
}

void add(Loss& total, const Loss& next) {
  total.map_full += next.map_full;
  total.untimed += next.untimed;
  total.unplaced_calls += next.unplaced_calls;
  total.unplaced_stints += next.unplaced_stints;
  total.programs_missed += next.programs_missed;
  total.in_flight_close = next.in_flight_close;
  total.on_cpu_close = next.on_cpu_close;
}

void add(ObserverCost& total, const ObserverCost& next, double seconds) {
  total.bpf_runs += next.bpf_runs;
  total.bpf_ns += next.bpf_ns;
  total.sampled_s += next.sampled_s;
  total.cpu_percent = seconds > 0 ? total.bpf_ns / (seconds * 1e9) * 100 : 0;
}

// Absent in one is absent in the sum.
template <typename T, typename Add>
void add_both(std::optional<T>& total, const std::optional<T>& next, Add add) {
  if (total && next)
    add(*total, *next);
  else
    total.reset();
}

}  // namespace

void add_counter(Counter& total, const Counter& next, double share) {
  if (was_idle(next)) return;
  if (was_idle(total)) {
    total = next;
    return;
  }
  if (!total.value || !next.value) {
    if (total.value) {
      total.state = next.state;
      total.reason = next.reason;
    }
    total.value.reset();
    return;
  }
  *total.value += *next.value;
  total.running = total.running * (1 - share) + next.running * share;
  if (next.state == CounterState::kScaled) total.state = CounterState::kScaled;
}

void add_time(SyscallTime& total, const SyscallTime& next) {
  const auto calls = static_cast<double>(total.calls + next.calls);
  const double share = calls > 0 ? static_cast<double>(next.calls) / calls : 0;
  for (const auto percentile :
       {&SyscallTime::p50_ns, &SyscallTime::p90_ns, &SyscallTime::p99_ns, &SyscallTime::p99_9_ns})
    total.*percentile = total.*percentile * (1 - share) + next.*percentile * share;
  total.calls += next.calls;
  total.total_ns += next.total_ns;
  total.max_ns = std::max(total.max_ns, next.max_ns);
}

void add_next(Run& total, const Run& next) {
  const double seconds = total.window.seconds + next.window.seconds;
  const double share = seconds > 0 ? next.window.seconds / seconds : 0;
  total.window.seconds = seconds;
  add_both(total.unit, next.unit, [](Unit& sum, const Unit& unit) {
    sum.count += unit.count;
    sum.uncertainty += unit.uncertainty;
  });
  for (CountedUnits& units : total.units)
    for (const CountedUnits& later : next.units)
      if (later.source == units.source) add(units, later);
  add_both(total.cpu, next.cpu, [](CpuTime& sum, const CpuTime& cpu) {
    sum.user_s += cpu.user_s;
    sum.system_s += cpu.system_s;
  });
  for (Counter& counter : total.counters)
    for (const Counter& later : next.counters)
      if (later.name == counter.name) add_counter(counter, later, share);
  if (total.syscalls && !next.syscalls) total.syscalls_reason = next.syscalls_reason;
  add_both(total.syscalls, next.syscalls,
           [](std::vector<Syscall>& sum, const std::vector<Syscall>& calls) { add(sum, calls); });
  add_both(total.by_thread, next.by_thread,
           [share](std::vector<ThreadCounts>& sum, const std::vector<ThreadCounts>& threads) {
             add_threads(sum, threads, share);
           });
  add_both(total.loss, next.loss, [](Loss& sum, const Loss& loss) { add(sum, loss); });
  add_both(total.observer, next.observer,
           [seconds](ObserverCost& sum, const ObserverCost& cost) { add(sum, cost, seconds); });
  for (const std::string& spot : next.blind_spots)
    if (std::find(total.blind_spots.begin(), total.blind_spots.end(), spot) ==
        total.blind_spots.end())
      total.blind_spots.push_back(spot);
  total.target.threads = next.target.threads;
  // Words and times are of one window each; the rules judge what is left.
  total.futex.reset();
  total.sched.reset();
  total.findings = find_findings(total);
}

Recording with_laps_added(const Recording& recording) {
  Recording added = recording;
  added.runs.clear();
  for (const Run& run : recording.runs) {
    const bool is_later_lap = run.window.start_s.value_or(0) > 0 && !added.runs.empty() &&
                              added.runs.back().label == run.label &&
                              added.runs.back().arm == run.arm &&
                              added.runs.back().repeat == run.repeat;
    if (is_later_lap)
      add_next(added.runs.back(), run);
    else
      added.runs.push_back(run);
    added.runs.back().window.start_s.reset();
  }
  return added;
}

}  // namespace msgstat::analysis
