#include "analysis/render/perf_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include <nlohmann/json.hpp>

#include "analysis/counter_state.hpp"
#include "analysis/group.hpp"
#include "analysis/metric.hpp"
#include "analysis/printable.hpp"
#include "analysis/render/text_counts.hpp"
#include "analysis/render/text_target.hpp"
#include "analysis/stats/summary.hpp"

namespace msgstat::analysis {
namespace {

// What one line says, whichever its form.
struct Line {
  std::optional<double> end_s;  // of a lap
  std::string thread;           // whose it is: "NAME-TID"; empty: the target's
  std::optional<double> value;  // in `unit`
  std::string instead;          // of the value
  std::string unit;             // "msec"
  std::string event;
  std::optional<double> variance;  // percent, of the mean of several
  double runtime_ns = 0;
  double running = 1;
  std::optional<double> ratio;
  std::string per;  // "per message"
};

std::string shown_value(const Line& line) {
  if (!line.value) return line.instead;
  if (line.unit == "msec") return fmt::format("{:.2f}", *line.value);
  return *line.value == std::floor(*line.value) ? fmt::format("{:.0f}", *line.value)
                                                : fmt::format("{:.2f}", *line.value);
}

// Relative standard error of the mean, as perf has it.
std::optional<double> variance_of(const std::optional<stats::Summary>& summary) {
  if (!summary || summary->n < 2) return std::nullopt;
  if (!summary->deviation || summary->mean == 0) return 0;
  return *summary->deviation / std::sqrt(static_cast<double>(summary->n)) /
         std::fabs(summary->mean) * 100;
}

// perf counts a system call by its tracepoint.
std::string call_event(const std::string& name, bool strict) {
  return (strict ? "syscalls:sys_exit_" : "syscall:") + name;
}

// The lines of one group of runs, or of one lap.
class Lines {
 public:
  Lines(const Group& group, std::string prefix, std::optional<double> end_s, bool strict)
      : group_(group), prefix_(std::move(prefix)), end_s_(end_s), strict_(strict) {}

  std::vector<Line> make() {
    if (!strict_) add_units();
    const Run& run = group_.first();
    for (const Counter& counter : run.counters) add_counter(counter);
    for (const std::string& name : calls())
      add(call_event(name, strict_), "", 1,
          [&name](const Windows& windows) { return syscall_calls(windows, name); });
    return std::move(lines_);
  }

 private:
  using Total = std::function<std::optional<double>(const Windows&)>;

  // Of all repeats, in the order of the first that has them.
  [[nodiscard]] std::vector<std::string> calls() const {
    std::vector<std::string> names;
    for (const Repeat& repeat : group_.repeats)
      for (const Run* run : repeat.measured)
        for (const Syscall& call : run->syscalls.value_or(std::vector<Syscall>()))
          if (std::find(names.begin(), names.end(), call.name) == names.end())
            names.push_back(call.name);
    return names;
  }

  std::optional<stats::Summary> mean(const Total& total) const {
    return mean_of(group_, [&total](const Repeat& repeat) { return total(repeat.measured); });
  }

  Line& add(const std::string& event, std::string unit, double scale, const Total& total) {
    Line& line = lines_.emplace_back();
    line.end_s = end_s_;
    line.event = printable(prefix_ + event);
    line.unit = std::move(unit);
    const auto summary = mean(total);
    if (summary) line.value = summary->mean * scale;
    if (group_.repeats.size() > 1) line.variance = variance_of(summary).value_or(0);
    const auto cpu = mean([](const Windows& windows) -> std::optional<double> {
      const auto user = user_s(windows);
      const auto system = system_s(windows);
      return user && system ? std::optional((*user + *system) * 1e9) : std::nullopt;
    });
    if (cpu && summary) line.runtime_ns = cpu->mean;
    const auto divided = group_.counts_units() ? per_unit : per_second;
    const auto ratio =
        mean([&](const Windows& windows) { return divided(total(windows), windows); });
    if (ratio) line.ratio = ratio->mean * scale;
    line.per = group_.counts_units() ? "per " + render::denominator_of(group_) : "/sec";
    return line;
  }

  void add_units() {
    const Run& run = group_.first();
    if (run.unit) add_unit(run.unit->source, units);
    for (const CountedUnits& other : run.units)
      if (other.count && !is_denominator(run, other))
        add_unit(other.source,
                 [&other](const Windows& windows) { return units_of(windows, other.source); });
  }

  void add_unit(const std::string& source, const Total& total) {
    Line& line = add("unit:" + source, "", 1, total);
    const auto rate =
        mean([&total](const Windows& windows) { return per_second(total(windows), windows); });
    if (rate) line.ratio = rate->mean;
    line.per = "/sec";
  }

  void add_counter(const Counter& counter) {
    const bool is_time = counter.unit == "ns";
    const std::string& name = counter.name;
    Line& line = add(name, is_time ? "msec" : "", is_time ? 1e-6 : 1,
                     [&name](const Windows& all) { return analysis::counter(all, name); });
    line.running = counter.value ? counter.running : 1;
    line.runtime_ns *= line.running;
    if (line.value) return;
    const bool is_known = !strict_ || counter.state != CounterState::kNotPermitted;
    line.instead = counter_state_text(!is_known       ? CounterState::kNotSupported
                                      : counter.value ? CounterState::kNotCounted
                                                      : counter.state);
    line.per.clear();
  }

  const Group& group_;
  std::string prefix_;
  std::optional<double> end_s_;
  bool strict_;
  std::vector<Line> lines_;
};

// Of one run by thread: a thread's time on CPUs is its run time.
class ThreadLines {
 public:
  ThreadLines(const Run& run, std::string prefix, std::optional<double> end_s, bool strict)
      : run_(run), prefix_(std::move(prefix)), end_s_(end_s), strict_(strict) {}

  std::vector<Line> make() {
    for (const ThreadCounts& thread : *run_.by_thread) {
      for (const Counter& counter : thread.events) {
        const bool is_time = counter.unit == "ns";
        Line& line = add(thread, counter.name, counter.value, is_time ? 1e-6 : 1);
        if (is_time) line.unit = "msec";
        if (counter.value)
          line.running = counter.running;
        else
          line.instead = counter_state_text(counter.state);
      }
      for (const ThreadSyscall& call : thread.syscalls)
        add(thread, call_event(call.name, strict_), static_cast<double>(call.calls), 1);
    }
    return std::move(lines_);
  }

 private:
  Line& add(const ThreadCounts& thread, const std::string& event, std::optional<double> value,
            double scale) {
    Line& line = lines_.emplace_back();
    line.end_s = end_s_;
    line.thread = render::thread_id(thread);
    line.event = printable(prefix_ + event);
    if (!value) return line;
    line.value = *value * scale;
    line.runtime_ns = static_cast<double>(thread.cpu_ns.value_or(0));
    const bool has_units = run_.unit && run_.unit->count > 0;
    const Windows windows = {&run_};
    line.ratio = has_units ? per_unit(line.value, windows) : per_second(line.value, windows);
    line.per = has_units ? "per " + printable(run_.unit->name) : "/sec";
    return line;
  }

  const Run& run_;
  std::string prefix_;
  std::optional<double> end_s_;
  bool strict_;
  std::vector<Line> lines_;
};

std::vector<Line> lines_of(const Recording& recording, bool strict) {
  std::vector<Line> lines;
  const auto take = [&lines](std::vector<Line> more) {
    lines.insert(lines.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  };
  const std::vector<Group> groups = group_runs(recording);
  for (const Group& group : groups) {
    if (!group.has_measured()) continue;
    const std::string prefix =
        groups.size() == 1 ? "" : group.label + (group.arm.empty() ? "" : "/" + group.arm) + ":";
    if (group.first().by_thread) {
      for (const Repeat& repeat : group.repeats)
        for (const Run* run : repeat.measured) {
          std::optional<double> end_s;
          if (run->window.start_s) end_s = *run->window.start_s + run->window.seconds;
          if (run->by_thread) take(ThreadLines(*run, prefix, end_s, strict).make());
        }
      continue;
    }
    if (!group.first().window.start_s) {
      take(Lines(group, prefix, std::nullopt, strict).make());
      continue;
    }
    for (const Repeat& repeat : group.repeats)
      for (const Run* lap : repeat.measured) {
        const Group alone{group.label, group.arm, {{repeat.number, {}, {lap}}}};
        take(Lines(alone, prefix, lap->window.start_s.value_or(0) + lap->window.seconds, strict)
                 .make());
      }
  }
  return lines;
}

}  // namespace

std::string perf_stat_csv(const Recording& recording, const PerfLineOptions& options) {
  std::string text;
  const std::string& separator = options.separator;
  for (const Line& line : lines_of(recording, options.strict)) {
    if (line.end_s) text += fmt::format("{:>16.9f}{}", *line.end_s, separator);
    if (!line.thread.empty()) text += line.thread + separator;
    text += fmt::format("{1}{0}{2}{0}{3}{0}", separator, shown_value(line), line.unit, line.event);
    if (line.variance) text += fmt::format("{:.2f}%{}", *line.variance, separator);
    text +=
        fmt::format("{:.0f}{}{:.2f}{}", line.runtime_ns, separator, line.running * 100, separator);
    text += (line.ratio ? fmt::format("{:.6f}", *line.ratio) : "") + separator + line.per + "\n";
  }
  return text;
}

// By hand, with perf's spacing and its order of keys: its own reader counts the commas of a line.
std::string perf_stat_json(const Recording& recording) {
  const auto quoted = [](const std::string& text) {
    std::string out;
    for (const char letter : nlohmann::json(text).dump())
      out += letter == ',' ? std::string("\\u002c") : std::string(1, letter);
    return out;
  };
  std::string text;
  for (const Line& line : lines_of(recording, true)) {
    text += "{";
    if (line.end_s) text += fmt::format("\"interval\" : {:.9f}, ", *line.end_s);
    if (!line.thread.empty()) text += fmt::format("\"thread\" : {}, ", quoted(line.thread));
    text += fmt::format(
        "\"counter-value\" : {}, \"unit\" : {}, \"event\" : {}, \"event-runtime\" : {:.0f}, "
        "\"pcnt-running\" : {:.2f}, \"metric-value\" : {}, \"metric-unit\" : {}}}\n",
        quoted(line.value ? fmt::format("{:.6f}", *line.value) : line.instead), quoted(line.unit),
        quoted(line.event), line.runtime_ns, line.running * 100,
        line.ratio ? fmt::format("{:.6f}", *line.ratio) : "\"nan\"", quoted(line.per));
  }
  return text;
}

}  // namespace msgstat::analysis
