#include "analysis/render/text_counts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/counter_state.hpp"
#include "analysis/metric.hpp"
#include "analysis/printable.hpp"
#include "analysis/render/number.hpp"
#include "analysis/render/text_run.hpp"

namespace msgstat::analysis::render {
namespace {

const Windows& measured_of(const Repeat& repeat) { return repeat.measured; }

// All counters of that name, over the measured windows.
std::vector<const Counter*> counters_named(const Group& group, const std::string& name) {
  std::vector<const Counter*> counters;
  for (const Repeat& repeat : group.repeats)
    for (const Run* run : repeat.measured)
      for (const Counter& counter : run->counters)
        if (counter.name == name) counters.push_back(&counter);
  return counters;
}

void add_counter(Table& table, const Group& group, const std::vector<const Counter*>& counters) {
  const Counter& first = *counters.front();
  const bool is_time = first.unit == "ns";
  Row row = make_row(
      group, measured_of, [&first](const Windows& windows) { return counter(windows, first.name); },
      printable(first.name),
      is_time ? Scale{.total = 1e-6, .per_unit = group.counts_units() ? 1e-3 : 1e-6} : Scale{});
  if (is_time) {
    row.total_unit = "ms";
    row.total_decimals = 2;
    row.per_unit_unit = group.counts_units() ? "us" : "ms";
  }
  row.instead = counter_state_text(CounterState::kNotCounted);
  double least_running = 1;
  for (const Counter* counter : counters)
    if (counter->state == CounterState::kScaled)
      least_running = std::min(least_running, counter->running);
  if (least_running < 1)
    row.remarks.push_back(fmt::format("scaled, counted {:.0f} % of the time", least_running * 100));
  const std::size_t known = row.total ? row.total->n : 0;
  if (known < group.repeats.size())
    row.remarks.push_back(fmt::format("in {} of {} runs", known, group.repeats.size()));
  table.add(row);
}

// The errors of a call, most frequent first: "EAGAIN 617,000 (0.500/msg)".
std::vector<std::string> error_remarks(const Group& group, const std::string& name,
                                       double fold_below) {
  std::set<std::string> errors;
  for (const Repeat& repeat : group.repeats)
    for (const Run* run : repeat.measured)
      for (const Syscall& syscall : run->syscalls.value_or(std::vector<Syscall>()))
        if (syscall.name == name)
          for (const auto& [error, count] : syscall.errors_by_name) errors.insert(error);

  std::vector<Row> rows;
  for (const std::string& error : errors) {
    Row row = make_row(
        group, measured_of,
        [&name, &error](const Windows& windows) { return syscall_errors(windows, name, error); },
        printable(error));
    if (row.total && row.total->mean > 0) rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.total->mean > b.total->mean; });
  std::vector<std::string> remarks;
  for (const Row& row : rows) {
    std::string& remark = remarks.emplace_back(row.name + ' ' + grouped_count(row.total->mean));
    if (row.per_unit && row.per_unit->mean >= fold_below)
      remark +=
          fmt::format(" ({}/{})", grouped(row.per_unit->mean, 3), unit_abbreviation(group.first()));
  }
  return remarks;
}

std::vector<Row> syscall_rows(const Group& group, double fold_below) {
  std::set<std::string> names;
  for (const Repeat& repeat : group.repeats)
    for (const Run* run : repeat.measured)
      for (const Syscall& syscall : run->syscalls.value_or(std::vector<Syscall>()))
        names.insert(syscall.name);

  std::vector<Row> rows;
  for (const std::string& name : names) {
    Row row = make_row(
        group, measured_of,
        [&name](const Windows& windows) { return syscall_calls(windows, name); }, printable(name));
    if (!row.total) continue;
    row.remarks = error_remarks(group, name, fold_below);
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.total->mean > b.total->mean; });
  return rows;
}

void add_uring_entries(Table& table, const Group& group) {
  std::set<std::string> operations;
  for (const Repeat& repeat : group.repeats)
    for (const Run* run : repeat.measured)
      for (const UringEntries& count : run->uring.value_or(std::vector<UringEntries>()))
        operations.insert(count.operation);
  std::vector<Row> rows;
  for (const std::string& operation : operations) {
    Row row = make_row(
        group, measured_of,
        [&operation](const Windows& windows) { return uring_entries(windows, operation); },
        "io_uring " + printable(operation));
    if (row.total) rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.total->mean > b.total->mean; });
  for (const Row& row : rows) table.add(row);
}

Row fold(const std::vector<Row>& rows) {
  Row sum;
  sum.total = stats::Summary{.n = 1};
  sum.per_unit = stats::Summary{.n = 1};
  constexpr std::size_t kNamed = 3;
  for (const Row& row : rows) {
    sum.total->mean += row.total->mean;
    sum.per_unit->mean += row.per_unit->mean;
    if (sum.remarks.size() < kNamed) sum.remarks.push_back(row.name);
  }
  if (rows.size() > kNamed) sum.remarks.emplace_back("…");
  sum.name = fmt::format("and {} other{}", rows.size(), rows.size() == 1 ? "" : "s");
  return sum;
}

}  // namespace

void add_counters(Table& table, const Group& group) {
  std::vector<std::string> names;
  for (const Repeat& repeat : group.repeats)
    for (const Run* run : repeat.measured)
      for (const Counter& counter : run->counters)
        if (std::find(names.begin(), names.end(), counter.name) == names.end())
          names.push_back(counter.name);

  // Those that have no value for the same reason share a line.
  std::vector<std::pair<const Counter*, std::vector<std::string>>> absent;
  for (const std::string& name : names) {
    const std::vector<const Counter*> counters = counters_named(group, name);
    if (std::any_of(counters.begin(), counters.end(),
                    [](const Counter* counter) { return counter->value.has_value(); })) {
      add_counter(table, group, counters);
      continue;
    }
    const Counter& missing = *counters.front();
    const auto same = std::find_if(absent.begin(), absent.end(), [&missing](const auto& other) {
      return other.first->state == missing.state && other.first->reason == missing.reason;
    });
    auto& shared = same != absent.end() ? *same : absent.emplace_back(&missing, 0);
    shared.second.push_back(printable(name));
  }
  for (const auto& [missing, shared] : absent)
    table.absent(counter_state_text(missing->state), shared, printable(missing->reason));
}

void add_syscalls(Table& table, const Group& group, const TextOptions& options) {
  std::vector<Row> folded;
  const std::vector<Row> rows = syscall_rows(group, options.fold_below);
  for (const Row& row : rows) {
    if (row.per_unit && row.per_unit->mean < options.fold_below)
      folded.push_back(row);
    else
      table.add(row);
  }
  if (!folded.empty()) table.add(fold(folded));

  const Row all = make_row(group, measured_of, all_syscalls, "system calls, all");
  if (all.total)
    table.add(all);
  else
    table.absent("<not counted>", {"system calls"}, printable(group.first().syscalls_reason));
  add_uring_entries(table, group);
}

}  // namespace msgstat::analysis::render
