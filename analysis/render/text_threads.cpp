#include <algorithm>
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

constexpr std::size_t kMostRows = 30;
constexpr std::size_t kCallsNamed = 3;
constexpr std::size_t kWidth = 14;

// What several threads did together.
struct Done {
  std::optional<double> cpu_ns;
  double calls = 0;
  std::optional<double> switches;
};

void add(std::optional<double>& total, const std::optional<double>& next) {
  if (next) total = total.value_or(0) + *next;
}

void add(Done& total, const ThreadCounts& thread) {
  if (thread.cpu_ns) add(total.cpu_ns, static_cast<double>(*thread.cpu_ns));
  total.calls += static_cast<double>(calls_of(thread));
  for (const Counter& counter : thread.events)
    if (counter.name == "context-switches") add(total.switches, counter.value);
}

std::string most_called(const ThreadCounts& thread) {
  std::string text;
  for (std::size_t i = 0; i < thread.syscalls.size() && i < kCallsNamed; ++i)
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ",
                        grouped_count(static_cast<double>(thread.syscalls[i].calls)),
                        printable(thread.syscalls[i].name));
  return text;
}

class Rows {
 public:
  Rows(Table& table, const Windows& windows) : table_(table), windows_(windows) {}

  void add_row(const Done& done, const std::string& who, const std::string& remark) {
    const auto ratio = units(windows_).value_or(0) > 0 ? per_unit(done.calls, windows_)
                                                       : per_second(done.calls, windows_);
    table_.append(
        pad_left(done.cpu_ns ? grouped(*done.cpu_ns * 1e-6, 3) : std::string("-"), kWidth) +
        pad_left(grouped_count(done.calls), kWidth) +
        pad_left(ratio ? not_zero(*ratio, 4) : std::string("-"), kWidth) +
        pad_left(done.switches ? grouped_count(*done.switches) : std::string("-"), kWidth) + "  " +
        who + (remark.empty() ? "" : ": " + remark) + "\n");
  }

 private:
  Table& table_;
  const Windows& windows_;
};

}  // namespace

void add_threads(Table& table, const Group& group) {
  const Windows& windows = group.repeats.front().measured;
  if (group.repeats.size() != 1 || windows.size() != 1 || !windows.front()->by_thread) return;
  const Run& run = *windows.front();
  const std::vector<ThreadCounts>& threads = *run.by_thread;
  const std::string per =
      group.counts_units() ? "calls/" + unit_abbreviation(run) : std::string("calls/s");
  table.append(
      fmt::format("\n   Threads that did something: {}, most time on a CPU first\n{}\n",
                  grouped_count(static_cast<double>(threads.size())),
                  table.emphasis().dim(pad_left("CPU, ms", kWidth) + pad_left("calls", kWidth) +
                                       pad_left(per, kWidth) + pad_left("switches", kWidth))));
  Rows rows(table, windows);
  Done rest;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    Done done;
    add(i < kMostRows ? done : rest, threads[i]);
    if (i < kMostRows)
      rows.add_row(done, fmt::format("{} {}", printable(threads[i].name), threads[i].tid),
                   most_called(threads[i]));
  }
  if (threads.size() > kMostRows)
    rows.add_row(
        rest, grouped_count(static_cast<double>(threads.size() - kMostRows)) + " threads more", "");
}

std::string thread_id(const ThreadCounts& thread) {
  return fmt::format("{}-{}", printable(thread.name), thread.tid);
}

}  // namespace msgstat::analysis::render
