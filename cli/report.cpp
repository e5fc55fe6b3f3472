#include "cli/report.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "analysis/printable.hpp"
#include "analysis/recording.hpp"
#include "analysis/render/format.hpp"
#include "cli/output.hpp"
#include "tracer/error.hpp"

namespace msgstat::cli {
namespace {

struct ReportOptions {
  std::filesystem::path recording;
  std::string format = "text";
  std::filesystem::path output;  // empty: stdout
  std::string color = "auto";
};

std::string describe_formats() {
  std::string out = "one of:";
  for (const analysis::Format& format : analysis::formats())
    out += fmt::format(" {} ({}),", format.name, format.description);
  out.pop_back();
  return out;
}

void check_report_file(const ReportOptions& options) {
  std::error_code absent;
  if (std::filesystem::equivalent(options.recording, options.output, absent))
    throw UsageError(fmt::format("-o {} would overwrite the recording",
                                 analysis::printable(options.output.string())));
  analysis::check_writable(options.output);
}

}  // namespace

void add_report(CLI::App& app, int& exit_status) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command = app.add_subcommand("report", "render a recording");
  command->add_option("RECORDING", options->recording, "a file that -o wrote")->required();
  command->add_option("--to", options->format, describe_formats())
      ->type_name("FORMAT")
      ->capture_default_str();
  command->add_option("-o,--output", options->output, "write to FILE instead of stdout")
      ->type_name("FILE");
  add_color_option(*command, options->color);
  command->callback([options, &exit_status] {
    const analysis::Format& format = analysis::find_format(options->format);
    const bool to_file = !options->output.empty();
    if (to_file) check_report_file(*options);
    const auto recording = analysis::load_recording(options->recording);
    // A file is no terminal.
    const bool color = to_file ? options->color == "always" : use_color(options->color);
    const std::string text = format.render(recording, {.color = color});
    if (to_file)
      analysis::save_text(text, options->output);
    else
      fmt::print("{}", text);
    exit_status = 0;
  });
}

}  // namespace msgstat::cli
