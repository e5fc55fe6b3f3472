#include "tracer/thread_table.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <tuple>
#include <utility>

namespace msgstat::tracer {
namespace {

std::uint64_t calls_of(const ThreadCounts& thread) {
  std::uint64_t calls = 0;
  for (const ThreadSyscall& call : thread.syscalls) calls += call.calls;
  return calls;
}

}  // namespace

// A name may change, and is not always ended by a 0.
ThreadCounts& ThreadTable::find(const thread_key& key, const thread_identity& who) {
  Row& row = rows_[Id(key.started_ns, key.tid)];
  if (who.seen_ns >= row.seen_ns) {
    row.seen_ns = who.seen_ns;
    row.counts.pid = static_cast<int>(who.pid);
    row.counts.tid = static_cast<int>(who.tid);
    row.counts.name = std::string(who.name, ::strnlen(who.name, sizeof who.name));
    row.counts.started_ns = key.started_ns;
  }
  return row.counts;
}

void ThreadTable::add_call(const thread_key& key, const thread_identity& who, ThreadSyscall call) {
  find(key, who).syscalls.push_back(std::move(call));
}

void ThreadTable::add_events(const thread_key& key, const thread_identity& who,
                             std::uint64_t cpu_ns, std::vector<EventCount> events) {
  ThreadCounts& thread = find(key, who);
  thread.cpu_ns = cpu_ns;
  thread.events = std::move(events);
}

std::vector<ThreadCounts> ThreadTable::take() {
  std::vector<ThreadCounts> threads;
  for (auto& [id, row] : rows_) {
    std::ranges::stable_sort(row.counts.syscalls, std::ranges::greater{}, &ThreadSyscall::calls);
    threads.push_back(std::move(row.counts));
  }
  rows_.clear();
  std::stable_sort(threads.begin(), threads.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.cpu_ns.value_or(0), calls_of(a)) >
           std::tuple(b.cpu_ns.value_or(0), calls_of(b));
  });
  return threads;
}

}  // namespace msgstat::tracer
