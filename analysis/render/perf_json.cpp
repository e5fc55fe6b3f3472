#include "analysis/render/perf_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "analysis/json_value.hpp"
#include "analysis/printable.hpp"

namespace msgstat::analysis {
namespace {

std::string json_text(std::string_view text) {
  std::string out;
  for (const char letter : Json(printable(text)).dump())
    out += letter == ',' ? std::string("\\u002c") : std::string(1, letter);
  return out;
}

// perf has two words for what has no value.
std::string value_text(const Counter& counter) {
  if (counter.value) return fmt::format("{:.6f}", *counter.value);
  return counter.state == CounterState::kNotSupported ? "<not supported>" : "<not counted>";
}

class Writer {
 public:
  Writer(const Run& run, bool is_only) : run_(run) {
    if (!is_only) prefix_ = fmt::format("{}/{}/{}:", run.label, run.arm, run.repeat);
  }

  // Without units there is no metric: "nan", which the linter takes for a number.
  void line(const std::string& event, const std::string& value, const std::string& unit,
            double running, std::optional<double> count) {
    const bool per_unit = count && run_.unit && run_.unit->count > 0;
    const std::string metric =
        per_unit ? fmt::format("{:.9f}", *count / static_cast<double>(run_.unit->count))
                 : std::string("\"nan\"");
    constexpr double kNsPerSecond = 1e9;
    text_ += fmt::format(
        R"({{"counter-value" : "{}", "unit" : {}, "event" : {}, "event-runtime" : {:.0f}, )"
        R"("pcnt-running" : {:.2f}, "metric-value" : {}, "metric-unit" : {}}})"
        "\n",
        value, json_text(unit), json_text(prefix_ + event),
        run_.window.seconds * kNsPerSecond * running, running * 100, metric,
        json_text(run_.unit ? "per " + run_.unit->name : std::string()));
  }
  std::string take() { return std::move(text_); }

 private:
  const Run& run_;
  std::string prefix_;
  std::string text_;
};

}  // namespace

std::string render_perf_json(const Recording& recording) {
  const auto measured = std::count_if(recording.runs.begin(), recording.runs.end(),
                                      [](const Run& run) { return run.window.measured; });
  std::string text;
  for (const Run& run : recording.runs) {
    if (!run.window.measured) continue;
    Writer writer(run, measured == 1);
    for (const Counter& counter : run.counters)
      writer.line(counter.name, value_text(counter), counter.unit, counter.running, counter.value);
    if (run.syscalls)
      for (const Syscall& syscall : *run.syscalls)
        writer.line("syscalls:sys_enter_" + syscall.name, fmt::format("{}.000000", syscall.calls),
                    "", 1, static_cast<double>(syscall.calls));
    text += writer.take();
  }
  return text;
}

}  // namespace msgstat::analysis
