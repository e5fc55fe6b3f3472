#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "analysis/sum.hpp"

namespace msgstat::analysis {
namespace {

void add(ThreadSyscall& total, const ThreadSyscall& next) {
  total.calls += next.calls;
  total.errors += next.errors;
  if (next.time_ns) total.time_ns = total.time_ns.value_or(0) + *next.time_ns;
}

void add(ThreadCounts& total, const ThreadCounts& next, double share) {
  total.name = next.name;
  if (next.cpu_ns) total.cpu_ns = total.cpu_ns.value_or(0) + *next.cpu_ns;
  if (total.events.empty())
    total.events = next.events;
  else
    for (std::size_t i = 0; i < next.events.size() && i < total.events.size(); ++i)
      add_counter(total.events[i], next.events[i], share);
  for (const ThreadSyscall& call : next.syscalls) {
    const auto found = std::ranges::find(total.syscalls, call.name, &ThreadSyscall::name);
    if (found == total.syscalls.end())
      total.syscalls.push_back(call);
    else
      add(*found, call);
  }
  std::ranges::stable_sort(total.syscalls, std::ranges::greater{}, &ThreadSyscall::calls);
}

}  // namespace

std::uint64_t calls_of(const ThreadCounts& thread) {
  std::uint64_t calls = 0;
  for (const ThreadSyscall& call : thread.syscalls) calls += call.calls;
  return calls;
}

void add_threads(std::vector<ThreadCounts>& totals, const std::vector<ThreadCounts>& next,
                 double share) {
  std::map<std::tuple<std::uint64_t, int>, std::size_t> known;
  for (std::size_t i = 0; i < totals.size(); ++i)
    known.emplace(std::tuple(totals[i].started_ns, totals[i].tid), i);
  for (const ThreadCounts& thread : next) {
    const auto found = known.find({thread.started_ns, thread.tid});
    if (found == known.end())
      totals.push_back(thread);
    else
      add(totals[found->second], thread, share);
  }
  std::ranges::stable_sort(totals, std::ranges::greater{}, [](const ThreadCounts& thread) {
    return std::tuple(thread.cpu_ns.value_or(0), calls_of(thread));
  });
}

}  // namespace msgstat::analysis
