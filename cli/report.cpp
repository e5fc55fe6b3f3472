#include "cli/report.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "analysis/recording.hpp"
#include "analysis/render/format.hpp"
#include "cli/output.hpp"

namespace msgstat::cli {
namespace {

struct ReportOptions {
  std::filesystem::path recording;
  std::string format = "text";
  std::string color = "auto";
};

std::string describe_formats() {
  std::string out = "one of:";
  for (const analysis::Format& format : analysis::formats())
    out += fmt::format(" {} ({}),", format.name, format.description);
  out.pop_back();
  return out;
}

}  // namespace

void add_report(CLI::App& app, int& exit_status) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command = app.add_subcommand("report", "render a recording");
  command->add_option("RECORDING", options->recording, "a file that -o wrote")->required();
  command->add_option("--to", options->format, describe_formats())
      ->type_name("FORMAT")
      ->capture_default_str();
  add_color_option(*command, options->color);
  command->callback([options, &exit_status] {
    const analysis::Format& format = analysis::find_format(options->format);
    const auto recording = analysis::load_recording(options->recording);
    fmt::print("{}", format.render(recording, {.color = use_color(options->color)}));
    exit_status = 0;
  });
}

}  // namespace msgstat::cli
