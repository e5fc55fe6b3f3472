#include "cli/stat/printer.hpp"

#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "analysis/render/format.hpp"
#include "analysis/render/perf_lines.hpp"
#include "analysis/render/text_target.hpp"
#include "analysis/sum.hpp"

namespace msgstat::cli {

Printer::Printer(const StatOptions& options)
    : options_(options),
      keeps_laps_(!options.output.file.empty() || (options.output.json && !options.perf_compat)) {}

bool Printer::prints_laps() const {
  return options_.timing.interval && (!options_.output.json || options_.perf_compat);
}

void Printer::print_lines(const analysis::Recording& recording) const {
  fmt::print("{}", options_.separator
                       ? analysis::perf_stat_csv(recording, {.separator = *options_.separator,
                                                             .strict = options_.perf_compat})
                       : analysis::perf_stat_json(recording));
}

void Printer::print_lap(const analysis::Run& lap) {
  if (options_.separator || options_.output.json) {
    print_lines({.runs = {lap}});
  } else {
    fmt::print("{}", analysis::render::text_of_lap(lap, is_first_lap_,
                                                   {.color = use_color(options_.output.color)}));
    is_first_lap_ = false;
  }
  std::fflush(stdout);
}

void Printer::add(const analysis::Run& run) {
  if (prints_laps()) print_lap(run);
  if (keeps_laps_ || !run.window.start_s) {
    recording_.runs.push_back(run);
    return;
  }
  if (total_)
    analysis::add_next(*total_, run);
  else
    total_ = run;
}

void Printer::end_run() {
  if (total_) recording_.runs.push_back(*std::exchange(total_, std::nullopt));
}

void Printer::finish(const analysis::Recording& description) {
  end_run();
  analysis::Recording whole = description;
  whole.runs = std::move(recording_.runs);
  const bool is_lines = options_.separator || options_.perf_compat;
  if (!is_lines) {
    put_out(whole, options_.output);
    return;
  }
  if (!options_.output.file.empty()) analysis::save_recording(whole, options_.output.file);
  if (!options_.timing.interval) print_lines(whole);
  std::fflush(stdout);
}

}  // namespace msgstat::cli
