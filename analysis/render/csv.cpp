#include "analysis/render/csv.hpp"

#include <fmt/format.h>

#include <optional>

#include "analysis/counter_state.hpp"
#include "analysis/printable.hpp"
#include "analysis/render/text_counts.hpp"

namespace msgstat::analysis {
namespace {

std::string field(std::string_view text) {
  std::string shown = printable(text);
  if (shown.find_first_of(",\"") == std::string::npos) return shown;
  std::string quoted = "\"";
  for (const char letter : shown) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + '"';
}

class Writer {
 public:
  explicit Writer(const Run& run) : run_(run) {
    start_ = fmt::format("{},{},{},{},", field(run.label), field(run.arm), run.repeat,
                         run.window.measured ? "measured" : "bare");
  }

  // Of what was not measured the values are empty, and the state says why.
  void line(std::string_view kind, std::string_view name, std::optional<double> value,
            std::string_view unit, std::string_view state = "counted", bool has_ratio = true) {
    const bool per_unit = value && has_ratio && run_.unit && run_.unit->count > 0;
    text_ += fmt::format(
        "{}{},{},{},{},{},{}\n", start_, kind, field(name), value ? fmt::format("{}", *value) : "",
        per_unit ? fmt::format("{}", *value / static_cast<double>(run_.unit->count)) : "",
        field(unit), state);
  }
  std::string take() { return std::move(text_); }

 private:
  const Run& run_;
  std::string start_;
  std::string text_;
};

std::string lines_of(const Run& run) {
  Writer writer(run);
  writer.line("window", "seconds", run.window.seconds, "s", "counted", false);
  if (run.unit)
    writer.line("unit", run.unit->name, static_cast<double>(run.unit->count), "", "counted", false);
  for (const CountedUnits& other : run.units)
    if (other.count && !is_denominator(run, other))
      writer.line("unit", other.name, static_cast<double>(*other.count), "");
  if (run.cpu) {
    writer.line("cpu", "user", run.cpu->user_s, "s");
    writer.line("cpu", "system", run.cpu->system_s, "s");
  }
  if (const auto& us = run.latency_us) {
    const std::pair<const char*, double> percentiles[] = {{"p50", us->p50},
                                                          {"p90", us->p90},
                                                          {"p99", us->p99},
                                                          {"p99.9", us->p99_9},
                                                          {"max", us->max}};
    for (const auto& [name, value] : percentiles)
      writer.line("latency", name, value, "us", "counted", false);
  }
  for (const Counter& counter : run.counters)
    writer.line("counter", counter.name, counter.value, counter.unit,
                counter_state_name(counter.state));
  if (run.syscalls)
    for (const Syscall& syscall : *run.syscalls) {
      writer.line("syscall", syscall.name, static_cast<double>(syscall.calls), "");
      for (const auto& [error, count] : syscall.errors_by_name)
        writer.line("error", syscall.name + ":" + error, static_cast<double>(count), "");
    }
  for (const ThreadCounts& thread : run.by_thread.value_or(std::vector<ThreadCounts>())) {
    const std::string id = render::thread_id(thread) + ":";
    for (const Counter& counter : thread.events)
      writer.line("thread-counter", id + counter.name, counter.value, counter.unit,
                  counter_state_name(counter.state));
    for (const ThreadSyscall& call : thread.syscalls)
      writer.line("thread-syscall", id + call.name, static_cast<double>(call.calls), "");
  }
  return writer.take();
}

}  // namespace

std::string render_csv(const Recording& recording) {
  std::string text = "label,arm,repeat,window,kind,name,value,per_unit,unit,state\n";
  for (const Run& run : recording.runs) text += lines_of(run);
  return text;
}

}  // namespace msgstat::analysis
