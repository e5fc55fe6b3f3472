#include "analysis/render/text_exactness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/metric.hpp"
#include "analysis/printable.hpp"
#include "analysis/ratio.hpp"
#include "analysis/render/number.hpp"

namespace msgstat::analysis::render {
namespace {

std::vector<const Run*> measured_runs(const Group& group) {
  std::vector<const Run*> runs;
  for (const Repeat& repeat : group.repeats)
    runs.insert(runs.end(), repeat.measured.begin(), repeat.measured.end());
  return runs;
}

std::optional<stats::Summary> over_repeats(
    const Group& group, const std::function<std::optional<double>(const Repeat&)>& of) {
  return stats::summarize(points(group, of));
}

void add_loss(Table& table, const std::vector<const Run*>& runs) {
  Loss sum;
  Loss most;
  bool known = false;
  for (const Run* run : runs) {
    if (!run->loss) continue;
    known = true;
    sum.map_full += run->loss->map_full;
    sum.programs_missed += run->loss->programs_missed;
    sum.untimed += run->loss->untimed;
    sum.unplaced_calls += run->loss->unplaced_calls;
    sum.unplaced_stints += run->loss->unplaced_stints;
    most.in_flight_open = std::max(most.in_flight_open, run->loss->in_flight_open);
    most.in_flight_close = std::max(most.in_flight_close, run->loss->in_flight_close);
    most.on_cpu_open = std::max(most.on_cpu_open, run->loss->on_cpu_open);
    most.on_cpu_close = std::max(most.on_cpu_close, run->loss->on_cpu_close);
  }
  if (!known) return;
  struct Part {
    std::uint64_t count;
    const char* what;
    const char* why;
  };
  std::string lost;
  for (const Part& part :
       {Part{sum.programs_missed, "calls not counted", "the kernel skipped the program"},
        Part{sum.map_full, "errors counted without their name", "the map was full"},
        Part{sum.untimed, "calls counted and not timed", "there was no room for their times"},
        Part{sum.unplaced_calls, "calls in the total and in no thread", "the map was full"},
        Part{sum.unplaced_stints, "times on a CPU in no thread", "the map was full"}})
    if (part.count > 0)
      lost += fmt::format("{}{}: {} ({})", lost.empty() ? "" : "; ", part.what,
                          grouped_count(static_cast<double>(part.count)), part.why);
  table.statement("lost", lost.empty() ? "nothing" : lost);
  table.statement(
      "in flight",
      fmt::format("{} calls as {} window opened, counted when they return; {} as it closed, not "
                  "counted; {} and {} threads ran then, in a call or not",
                  most.in_flight_open, runs.size() == 1 ? "the" : "a", most.in_flight_close,
                  most.on_cpu_open, most.on_cpu_close));
}

// Of the repeat that is worst.
void add_bound(Table& table, const Group& group) {
  std::optional<WindowEnds> worst;
  const auto relative = [](const WindowEnds& ends) {
    return ends.unit_slack / (ends.units - ends.unit_slack);
  };
  for (const Repeat& repeat : group.repeats) {
    if (repeat.measured.empty()) continue;
    const std::optional<WindowEnds> ends = window_ends(repeat.measured);
    if (!ends) {
      table.statement("exact to", fmt::format("no ratio is: too few {}s", table.unit()));
      return;
    }
    if (!worst || relative(*ends) > relative(*worst)) worst = ends;
  }
  if (!worst) return;
  const double calls = ratio_per_unit(0, *worst).bound;
  table.statement("exact to",
                  fmt::format("{} + {:.4f} per {}: {} of {} {}s and {} calls may lie across the "
                              "ends of the window",
                              small_percent(relative(*worst)), calls, table.unit(),
                              grouped_count(worst->unit_slack), grouped_count(worst->units),
                              table.unit(), grouped_count(worst->call_slack)));
}

bool is_armed(const Group& group) {
  const std::vector<const Run*> runs = measured_runs(group);
  return std::any_of(runs.begin(), runs.end(),
                     [](const Run* run) { return run->syscalls.has_value(); });
}

void add_observer(Table& table, const Group& group) {
  const auto ns = over_repeats(group, [](const Repeat& repeat) -> std::optional<double> {
    return per_unit(observer_ns(repeat.measured), repeat.measured);
  });
  const auto cpu = over_repeats(group, [](const Repeat& repeat) -> std::optional<double> {
    const std::optional<double> total = observer_ns(repeat.measured);
    const std::optional<double> time = seconds(repeat.measured);
    return total && time && *time > 0 ? std::optional(*total / (*time * 1e9)) : std::nullopt;
  });
  std::string cost = is_armed(group)
                         ? "its eBPF time is not known: the kernel tells CAP_SYS_ADMIN alone, or "
                           "with sysctl kernel.bpf_stats_enabled=1 everybody"
                         : "no eBPF program was armed";
  if (cpu) cost = fmt::format("eBPF took {} of a CPU", small_percent(cpu->mean));
  if (ns) cost += fmt::format(", {} ns per {}", grouped_count(ns->mean), table.unit());

  const auto bare =
      over_repeats(group, [](const Repeat& repeat) { return units_per_s(repeat.bare); });
  const auto measured =
      over_repeats(group, [](const Repeat& repeat) { return units_per_s(repeat.measured); });
  const auto effect = over_repeats(group, observer_effect);
  if (effect && bare && measured) {
    cost += fmt::format("; {} {}s/s bare, {} measured: {}", grouped(bare->mean, 0), table.unit(),
                        grouped(measured->mean, 0), signed_percent(effect->mean));
    if (effect->half_width) cost += fmt::format(" ± {:.1f} %", *effect->half_width * 100);
  }
  table.statement("observer", cost);
}

}  // namespace

void add_exactness(Table& table, const Group& group) {
  const std::vector<const Run*> runs = measured_runs(group);
  table.blank();
  add_loss(table, runs);
  if (group.counts_units()) add_bound(table, group);
  add_observer(table, group);
  std::set<std::string> said;
  for (const Run* run : runs)
    for (const std::string& spot : run->blind_spots)
      if (said.insert(spot).second) table.statement("not seen", printable(spot));
}

}  // namespace msgstat::analysis::render
