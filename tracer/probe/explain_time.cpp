#include "tracer/probe/explain_time.hpp"

#include <algorithm>
#include <cstring>

#include "tracer/syscall_name.hpp"

namespace msgstat::tracer {
namespace {

constexpr std::size_t kThreadsListed = 1000;

// What a thread did last, and does still, is in `pending_ns` alone.
thread_record with_pending(thread_record record) {
  if (record.pending_ns == 0 || record.mode >= MODES) return record;
  record.time.ns[record.mode] += record.pending_ns;
  if (record.mode != MODE_BLOCKED) return record;
  for (blocked_slot& slot : record.time.blocked) {
    if (slot.used != 0 && slot.cell != record.cell) continue;
    slot = {.ns = slot.ns + record.pending_ns, .cell = record.cell, .used = 1};
    break;
  }
  return record;
}

void add_pending(const thread_record& record, std::vector<call_time>& calls) {
  if (record.cell >= calls.size()) return;
  call_time& call = calls[record.cell];
  if (record.mode == MODE_KERNEL) call.kernel_ns += record.pending_ns;
  if (record.mode == MODE_BLOCKED) call.blocked_ns += record.pending_ns;
  if (record.mode == MODE_RUNNABLE) call.runnable_ns += record.pending_ns;
}

TimeByMode modes_of(const thread_time& time) {
  return {.user_ns = time.ns[MODE_USER],
          .kernel_ns = time.ns[MODE_KERNEL],
          .runnable_ns = time.ns[MODE_RUNNABLE],
          .blocked_ns = time.ns[MODE_BLOCKED],
          .unknown_ns = time.ns[MODE_UNKNOWN],
          .voluntary = time.voluntary,
          .involuntary = time.involuntary,
          .involuntary_by_target = time.involuntary_by_own,
          .migrations = time.migrations,
          .wakeups = time.wakeups,
          .wakeup_ns = time.wakeup_ns};
}

void add(TimeByMode& total, const TimeByMode& one) {
  total.user_ns += one.user_ns;
  total.kernel_ns += one.kernel_ns;
  total.runnable_ns += one.runnable_ns;
  total.blocked_ns += one.blocked_ns;
  total.unknown_ns += one.unknown_ns;
  total.voluntary += one.voluntary;
  total.involuntary += one.involuntary;
  total.involuntary_by_target += one.involuntary_by_target;
  total.migrations += one.migrations;
  total.wakeups += one.wakeups;
  total.wakeup_ns += one.wakeup_ns;
}

std::uint64_t sum_of(const TimeByMode& time) {
  return time.user_ns + time.kernel_ns + time.runnable_ns + time.blocked_ns + time.unknown_ns;
}

ThreadTime describe(const thread_record& record) {
  ThreadTime thread{.pid = record.pid,
                    .tid = record.tid,
                    .name = text_of(record.name),
                    .time = modes_of(record.time),
                    .blocked = {}};
  for (const blocked_slot& slot : record.time.blocked)
    if (slot.used != 0) thread.blocked.push_back({.call = call_name(slot.cell), .ns = slot.ns});
  std::sort(thread.blocked.begin(), thread.blocked.end(),
            [](const BlockedIn& a, const BlockedIn& b) { return a.ns > b.ns; });
  return thread;
}

// From which time on a slot counts: histogram_slot(), bpf/explain_time.h.
std::uint64_t slot_start_ns(std::size_t slot) {
  constexpr std::size_t kSteps = 1U << HISTOGRAM_STEP_BITS;
  if (slot == 0) return 0;
  const std::size_t bit = HISTOGRAM_FIRST_BIT + slot / kSteps;
  return (kSteps + slot % kSteps) << (bit - HISTOGRAM_STEP_BITS);
}

}  // namespace

std::string call_name(std::uint32_t cell) {
  if (cell == TIME_NO_CALL) return "no call";
  if (cell == TIME_OTHER_ABI) return "another ABI's call";
  if (cell >= SYSCALL_NUMBERS - 1) return "unknown";
  return syscall_name(static_cast<int>(cell), Abi::kNative);
}

std::string text_of(const char (&name)[16]) { return {name, ::strnlen(name, sizeof name)}; }

std::vector<TimeSlot> slots_of(const Histogram& histogram) {
  std::vector<TimeSlot> slots;
  for (std::size_t slot = 0; slot < histogram.size(); ++slot)
    if (histogram[slot] != 0)
      slots.push_back({.from_ns = slot_start_ns(slot), .count = histogram[slot]});
  return slots;
}

SchedulerUse describe(const TimeReading& reading) {
  SchedulerUse use;
  std::vector<call_time> calls = reading.calls;
  calls.resize(TIME_CELLS);
  for (const thread_record& record : reading.alive) {
    const std::uint64_t began = std::max<std::uint64_t>(record.began_ns, reading.opened_ns);
    if (began < reading.closed_ns) use.whole_ns += reading.closed_ns - began;
    add_pending(record, calls);
    use.threads.push_back(describe(with_pending(record)));
    add(use.total, use.threads.back().time);
  }
  for (const thread_record& record : reading.ended) {
    use.threads.push_back(describe(record));
    add(use.total, use.threads.back().time);
    // Its end has no instant of its own: it existed as long as it was seen to.
    use.whole_ns += sum_of(use.threads.back().time);
  }
  use.threads_seen = use.threads.size();
  use.remainder_ns =
      static_cast<std::int64_t>(use.whole_ns) - static_cast<std::int64_t>(sum_of(use.total));
  std::stable_sort(use.threads.begin(), use.threads.end(),
                   [](const ThreadTime& a, const ThreadTime& b) {
                     return a.time.user_ns + a.time.kernel_ns > b.time.user_ns + b.time.kernel_ns;
                   });
  if (use.threads.size() > kThreadsListed) use.threads.resize(kThreadsListed);

  for (std::uint32_t cell = 0; cell < TIME_CELLS; ++cell) {
    const call_time& call = calls[cell];
    if (call.kernel_ns + call.blocked_ns + call.runnable_ns != 0)
      use.calls.push_back({.name = call_name(cell),
                           .kernel_ns = call.kernel_ns,
                           .blocked_ns = call.blocked_ns,
                           .runnable_ns = call.runnable_ns});
  }
  std::stable_sort(use.calls.begin(), use.calls.end(),
                   [](const CallTime& a, const CallTime& b) { return a.kernel_ns > b.kernel_ns; });
  use.wakeup_slots = slots_of(reading.wakeups);
  use.threads_lost = reading.lost;
  return use;
}

}  // namespace msgstat::tracer
