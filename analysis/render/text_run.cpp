#include "analysis/render/text_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/metric.hpp"
#include "analysis/printable.hpp"
#include "analysis/quantity.hpp"
#include "analysis/render/layout.hpp"
#include "analysis/render/number.hpp"
#include "analysis/render/table.hpp"
#include "analysis/render/text_counts.hpp"
#include "analysis/render/text_exactness.hpp"

namespace msgstat::analysis::render {
namespace {

void add_heading(Table& table, const Group& group) {
  const std::vector<std::string> facts = facts_of(group);
  std::string title = " " + table.emphasis().bold(title_of(group));
  if (!facts.empty()) title += ": ";
  table.append(wrapped(title, facts, ", ", 4));
  const std::vector<std::string>& command = group.first().target.command;
  if (!command.empty()) table.append(wrapped_words("   ", printable_command(command), 5));
}

// "3 runs of 5.00 s"
std::string runs_of(const Group& group, const Choice& windows) {
  const auto length = stats::summarize(
      points(group, [&windows](const Repeat& repeat) { return seconds(windows(repeat)); }));
  if (!length) return "no run";
  return fmt::format("{} run{} of {:.2f} s", length->n, length->n == 1 ? "" : "s", length->mean);
}

void add_throughput(Table& table, const Group& group, const Choice& windows) {
  Row done = make_row(group, windows, units, table.unit().empty() ? "units" : table.unit() + "s");
  done.per_unit = stats::summarize(
      points(group, [&windows](const Repeat& repeat) { return units_per_s(windows(repeat)); }));
  done.per_unit_unit = "/s";
  done.per_unit_decimals = 1;
  done.instead = "<not counted>";
  table.add(done);

  for (const bool user : {true, false}) {
    Row row = make_row(group, windows, user ? user_s : system_s, user ? "user CPU" : "system CPU",
                       {.per_unit = 1e6});
    row.total_unit = "s";
    row.total_decimals = 3;
    row.per_unit_unit = "us";
    row.instead = "<not measured>";
    table.add(row);
  }

  const auto memory = stats::summarize(points(group, [&windows](const Repeat& repeat) {
    const Windows& chosen = windows(repeat);
    return chosen.empty() ? std::nullopt : chosen.front()->memory_bytes_per_connection;
  }));
  if (!memory && group.first().target.kind != "model") return;
  Row row;
  row.total = memory;
  row.total_unit = "B";
  row.instead = "<no growth seen>";
  row.name = "memory per connection";
  table.add(row);
}

void add_latency(Table& table, const Group& group, const Choice& windows) {
  struct Column {
    const char* name;
    double LatencyUs::*of;
  };
  static constexpr Column kColumns[] = {{"p50", &LatencyUs::p50},
                                        {"p90", &LatencyUs::p90},
                                        {"p99", &LatencyUs::p99},
                                        {"p99.9", &LatencyUs::p99_9},
                                        {"max", &LatencyUs::max}};
  constexpr std::size_t kWidth = 12;
  const std::string gap(Table::kUnitWidth + 1, ' ');
  std::string names = pad_left("latency", Table::kTotalWidth) + gap;
  std::string means = pad_left("us", Table::kTotalWidth) + gap;
  std::string intervals = pad_left("± 95 %", Table::kTotalWidth) + gap;
  for (const Column& column : kColumns) {
    const auto summary = stats::summarize(points(
        group, [&](const Repeat& repeat) { return latency_us(windows(repeat), column.of); }));
    if (!summary) return;
    names += pad_left(column.name, kWidth);
    means += pad_left(grouped(summary->mean, 1), kWidth);
    intervals += pad_left(
        summary->half_width ? "± " + grouped(*summary->half_width, 1) : std::string("-"), kWidth);
  }
  table.append("\n" + table.emphasis().dim(names) + "\n" + means + "\n");
  if (table.is_repeated()) table.append(intervals + "\n");
}

void add_fairness(Table& table, const Group& group, const Choice& windows) {
  std::optional<Fairness> all;
  double medians = 0;
  double count = 0;
  for (const Repeat& repeat : group.repeats) {
    for (const Run* run : windows(repeat)) {
      if (!run->fairness) continue;
      if (!all) all = run->fairness;
      all->min = std::min(all->min, run->fairness->min);
      all->max = std::max(all->max, run->fairness->max);
      medians += run->fairness->median;
      ++count;
    }
  }
  if (!all) return;
  table.append(fmt::format("\n   {}s on one connection: least {}, median {}, most {}\n",
                           table.unit().empty() ? "message" : table.unit(), grouped_count(all->min),
                           grouped_count(medians / count), grouped_count(all->max)));
}

}  // namespace

std::string text_of_group(const Group& group, const TextOptions& options) {
  const std::optional<Unit>& unit = group.first().unit;
  Table table(unit ? printable(unit->name) : std::string(), group.repeats.size() > 1,
              Emphasis{options.color});
  add_heading(table, group);

  const Choice unobserved = [&group](const Repeat& repeat) -> const Windows& {
    return group.unobserved(repeat);
  };
  table.section((group.has_bare()
                     ? "Throughput, CPU time and latency, with nothing armed: "
                     : "Throughput, CPU time and latency, measured (there is no bare window): ") +
                runs_of(group, unobserved));
  add_throughput(table, group, unobserved);
  add_latency(table, group, unobserved);
  add_fairness(table, group, unobserved);
  if (!group.has_measured()) return table.take();

  const Choice measured = [](const Repeat& repeat) -> const Windows& { return repeat.measured; };
  const auto done =
      stats::summarize(points(group, [](const Repeat& repeat) { return units(repeat.measured); }));
  table.section("Counters and system calls, measured: " + runs_of(group, measured) +
                (done ? fmt::format(", {} {}s", grouped_count(done->mean), table.unit()) : ""));
  add_counters(table, group);
  table.blank();
  add_syscalls(table, group, options);
  add_call_times(table, group);
  add_exactness(table, group);
  return table.take();
}

std::vector<std::string> facts_of(const Group& group) {
  const Run& run = group.first();
  std::vector<std::string> facts;
  if (run.load) {
    facts.push_back(grouped(static_cast<double>(run.load->connections), 0) + " connections");
    if (const auto& asked = run.load->asked)
      facts.back() +=
          fmt::format(" of {} asked for ({})", grouped(static_cast<double>(asked->connections), 0),
                      printable(asked->reason));
    const std::string unit = run.unit ? printable(run.unit->name) : std::string();
    facts.push_back(grouped(static_cast<double>(run.load->message_bytes), 0) + "-byte " +
                    (unit.empty() ? "message" : unit) + "s");
    facts.push_back(run.load->rate_per_s
                        ? "open loop at " + grouped(*run.load->rate_per_s, 0) + "/s"
                        : std::string("closed loop"));
  }
  if (run.target.cpus) facts.push_back("server on CPU " + printable(*run.target.cpus));
  if (run.load && run.load->cpus) facts.push_back("load on CPU " + printable(*run.load->cpus));
  return facts;
}

std::string title_of(const Group& group) {
  return printable(group.label) + (group.arm.empty() ? "" : ", " + printable(group.arm));
}

std::string unit_abbreviation(const Run& run) {
  return printable(analysis::unit_abbreviation(run));
}

}  // namespace msgstat::analysis::render
