#include "cli/output.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "analysis/render/format.hpp"

namespace msgstat::cli {

void add_output_options(CLI::App& command, OutputOptions& options) {
  command.add_option("-o,--output", options.file, "write a recording to FILE")->type_name("FILE");
  command.add_flag("-j,--json", options.json,
                   "print the recording, as JSON, instead of the tables");
  add_color_option(command, options.color);
}

void add_color_option(CLI::App& command, std::string& color) {
  command.add_option("--color", color, "auto, always or never")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
}

bool use_color(const std::string& color) {
  if (color != "auto") return color == "always";
  const char* no_color = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
}

void check_output(const OutputOptions& options) {
  if (!options.file.empty()) analysis::check_writable(options.file);
}

void put_out(const analysis::Recording& recording, const OutputOptions& options) {
  if (!options.file.empty()) analysis::save_recording(recording, options.file);
  const analysis::Format& format = analysis::find_format(options.json ? "json" : "text");
  fmt::print("{}", format.render(recording, {.color = use_color(options.color)}));
  std::fflush(stdout);
}

}  // namespace msgstat::cli
