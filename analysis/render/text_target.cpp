#include "analysis/render/text_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "analysis/metric.hpp"
#include "analysis/printable.hpp"
#include "analysis/render/layout.hpp"
#include "analysis/render/number.hpp"
#include "analysis/render/table.hpp"
#include "analysis/render/text_counts.hpp"
#include "analysis/render/text_exactness.hpp"

namespace msgstat::analysis::render {
namespace {

const Windows& measured_of(const Repeat& repeat) { return repeat.measured; }

std::string plural(double count, std::string_view name) {
  return fmt::format("{} {}{}", grouped_count(count), name, count == 1 ? "" : "s");
}

// "3 runs of 1.02 s", "5.00 s"
std::string length_of(const Group& group) {
  const auto length = stats::summarize(
      points(group, [](const Repeat& repeat) { return seconds(repeat.measured); }));
  const std::string each = fmt::format("{:.{}f} s", length->mean, length->mean < 1 ? 4 : 2);
  return length->n == 1 ? each : fmt::format("{} runs of {}", length->n, each);
}

void add_heading(Table& table, const Group& group) {
  const Run& run = group.first();
  std::vector<std::string> facts = {length_of(group)};
  const Windows& last = group.repeats.back().measured;
  if (last.back()->target.threads > 0)
    facts.push_back(plural(static_cast<double>(last.back()->target.threads), "thread") +
                    " at its end");
  if (run.target.cpus) facts.push_back("on CPU " + printable(*run.target.cpus));
  table.append(wrapped(" " + table.emphasis().bold(name_of_target(run)) + ": ", facts, ", ", 4));
  if (group.counts_units()) return;
  table.append(wrapped_words(
      "   ",
      run.unit ? fmt::format("No unit was seen ({}), so rates are per second.",
                             printable(run.unit->source))
               : std::string("There is no unit to divide by, so rates are per second."),
      3));
}

Row row_of(const Group& group, std::optional<double> (*total)(const Windows&), std::string name,
           Scale scale = {}) {
  return make_row(group, measured_of, total, std::move(name), scale);
}

// A line of units: how many, and how many a second.
void add_unit_row(Table& table, const Group& group, const std::string& name,
                  const std::string& source,
                  const std::function<std::optional<double>(const Windows&)>& count) {
  Row row = make_row(group, measured_of, count, printable(name) + "s, " + printable(source));
  row.per_unit = stats::summarize(points(group, [&count](const Repeat& repeat) {
    return per_second(count(repeat.measured), repeat.measured);
  }));
  row.per_unit_unit = "/s";
  row.per_unit_decimals = 1;
  row.instead = "<not counted>";
  table.add(row);
}

// The denominator, then the others that were asked for.
void add_units(Table& table, const Group& group) {
  const Run& run = group.first();
  if (group.counts_units()) add_unit_row(table, group, run.unit->name, run.unit->source, units);
  for (const CountedUnits& other : run.units)
    if (&other != &run.units.front() && !is_denominator(run, other))
      add_unit_row(table, group, other.name, other.source,
                   [&other](const Windows& windows) { return units_of(windows, other.source); });
}

void add_time(Table& table, const Group& group) {
  if (group.repeats.size() > 1) {
    Row elapsed = row_of(group, seconds, "elapsed");
    elapsed.total_unit = "s";
    elapsed.total_decimals = 4;
    elapsed.per_unit.reset();
    table.add(elapsed);
  }
  struct Part {
    const char* name;
    std::optional<double> (*of)(const Windows&);
  };
  for (const Part& part : {Part{"user CPU", user_s}, Part{"system CPU", system_s}}) {
    const bool is_per_unit = group.counts_units();
    Row row = row_of(group, part.of, part.name, {.per_unit = is_per_unit ? 1e6 : 1e3});
    row.total_unit = "s";
    row.total_decimals = 3;
    row.per_unit_unit = is_per_unit ? "us" : "ms";
    row.instead = "<not measured>";
    table.add(row);
  }
}

}  // namespace

bool is_of_target(const Group& group) {
  return group.first().target.kind != "model" && !group.has_bare() && !group.first().load &&
         !group.first().target.kind.empty();
}

std::string name_of_target(const Run& run) {
  const Target& target = run.target;
  if (target.kind == "command") return "command " + printable_command(target.command);
  if (target.kind == "cgroup") return "cgroup " + printable(run.label);
  std::string ids;
  for (const int pid : target.pids) ids += (ids.empty() ? "" : ", ") + std::to_string(pid);
  return fmt::format("{}{} {} ({})", printable(target.kind == "pid" ? "process" : target.kind),
                     target.pids.size() < 2    ? ""
                     : target.kind == "thread" ? "s"
                                               : "es",
                     ids, printable(run.label));
}

std::string denominator_of(const Group& group) {
  return group.counts_units() ? printable(group.first().unit->name) : "second";
}

std::string text_of_target(const Group& group, const TextOptions& options) {
  Table table(denominator_of(group), group.repeats.size() > 1, Emphasis{options.color},
              group.repeats.size() > 1);
  add_heading(table, group);
  table.section("");
  add_units(table, group);
  add_time(table, group);
  table.blank();
  add_counters(table, group);
  table.blank();
  add_syscalls(table, group, options);
  add_call_times(table, group);
  add_threads(table, group);
  add_exactness(table, group);
  return table.take();
}

std::string text_of_lap(const Run& lap, bool first, const TextOptions& options) {
  const Windows windows = {&lap};
  const bool has_units = lap.unit && lap.unit->count > 0;
  const auto divided = [&](double total) {
    return has_units ? per_unit(total, windows) : per_second(total, windows);
  };
  const std::string denominator = has_units ? printable(lap.unit->name) : "second";
  const std::string time =
      pad_left(fmt::format("{:.3f}", lap.window.start_s.value_or(0) + lap.window.seconds), 10);
  const auto line = [&](const std::string& total, std::optional<double> ratio,
                        const std::string& per, const std::string& name) {
    return time + ' ' + pad_left(total, 16) + ' ' +
           pad_left(ratio ? not_zero(*ratio, 4) : std::string(), 14) + ' ' + pad_right(per, 12) +
           ' ' + name + "\n";
  };
  std::string text;
  if (first)
    text += Emphasis{options.color}.dim(pad_left("time, s", 10) + ' ' + pad_left("total", 16) +
                                        ' ' + pad_left("ratio", 14)) +
            "\n";
  if (has_units)
    text += line(grouped_count(static_cast<double>(lap.unit->count)),
                 per_second(static_cast<double>(lap.unit->count), windows), "/second",
                 denominator + "s");
  for (const CountedUnits& other : lap.units)
    if (&other != &lap.units.front() && other.count)
      text += line(grouped_count(static_cast<double>(*other.count)),
                   per_second(static_cast<double>(*other.count), windows), "/second",
                   printable(other.name) + "s");
  for (const Counter& counter : lap.counters) {
    if (!counter.value) continue;
    const bool is_time = counter.unit == "ns";
    const double value = is_time ? *counter.value * 1e-6 : *counter.value;
    text += line(grouped(value, is_time ? 2 : 0), divided(value), "/" + denominator,
                 printable(counter.name) + (is_time ? ", ms" : ""));
  }
  constexpr std::size_t kThreads = 10;
  const auto& threads = lap.by_thread.value_or(std::vector<ThreadCounts>());
  for (std::size_t i = 0; i < threads.size() && i < kThreads; ++i) {
    const double ms = static_cast<double>(threads[i].cpu_ns.value_or(0)) * 1e-6;
    text += line(grouped(ms, 2), divided(ms), "/" + denominator,
                 thread_id(threads[i]) + " on a CPU, ms");
  }
  double folded = 0;
  for (const Syscall& call : lap.syscalls.value_or(std::vector<Syscall>())) {
    const auto calls = static_cast<double>(call.calls);
    const auto ratio = divided(calls);
    if (ratio && *ratio < options.fold_below)
      folded += calls;
    else
      text += line(grouped_count(calls), ratio, "/" + denominator, printable(call.name));
  }
  if (folded > 0)
    text += line(grouped_count(folded), divided(folded), "/" + denominator, "other calls");
  return text;
}

}  // namespace msgstat::analysis::render
