#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "analysis/metric.hpp"
#include "analysis/printable.hpp"
#include "analysis/render/number.hpp"
#include "analysis/render/text_counts.hpp"
#include "analysis/render/text_run.hpp"
#include "analysis/sum.hpp"

namespace msgstat::analysis::render {
namespace {

constexpr std::size_t kWidth = 12;

struct Column {
  const char* heading;
  double (*us)(const SyscallTime& time);
};

constexpr Column kColumns[] = {
    {"p50", [](const SyscallTime& time) { return time.p50_ns / 1e3; }},
    {"p90", [](const SyscallTime& time) { return time.p90_ns / 1e3; }},
    {"p99", [](const SyscallTime& time) { return time.p99_ns / 1e3; }},
    {"p99.9", [](const SyscallTime& time) { return time.p99_9_ns / 1e3; }},
    {"max", [](const SyscallTime& time) { return static_cast<double>(time.max_ns) / 1e3; }},
};

std::map<std::string, SyscallTime> pooled_times(const Group& group) {
  std::map<std::string, SyscallTime> times;
  for (const Repeat& repeat : group.repeats)
    for (const Run* run : repeat.measured)
      for (const Syscall& call : run->syscalls.value_or(std::vector<Syscall>()))
        if (call.time) add_time(times[call.name], *call.time);
  return times;
}

}  // namespace

void add_call_times(Table& table, const Group& group) {
  const std::map<std::string, SyscallTime> times = pooled_times(group);
  if (times.empty()) return;
  std::vector<std::pair<std::string, SyscallTime>> longest(times.begin(), times.end());
  std::stable_sort(longest.begin(), longest.end(), [](const auto& a, const auto& b) {
    return a.second.total_ns > b.second.total_ns;
  });
  double done = 0;
  for (const Repeat& repeat : group.repeats) done += units(repeat.measured).value_or(0);

  const std::string per = done > 0 ? "us/" + unit_abbreviation(group.first()) : "calls";
  const std::size_t per_width = std::max(kWidth, display_width(per) + 2);
  std::string headings = pad_left("total, ms", kWidth) + pad_left(per, per_width);
  for (const Column& column : kColumns) headings += pad_left(column.heading, kWidth);
  table.append("\n   Time in system calls, asleep in them or not; percentiles in us\n" +
               table.emphasis().dim(headings) + "\n");
  for (const auto& [name, time] : longest) {
    const auto total_ns = static_cast<double>(time.total_ns);
    table.append(pad_left(grouped(total_ns / 1e6, 3), kWidth) +
                 pad_left(done > 0 ? not_zero(total_ns / 1e3 / done, 3)
                                   : grouped_count(static_cast<double>(time.calls)),
                          per_width));
    for (const Column& column : kColumns)
      table.append(pad_left(grouped(column.us(time), 1), kWidth));
    table.append("  " + printable(name) + "\n");
  }
}

}  // namespace msgstat::analysis::render
