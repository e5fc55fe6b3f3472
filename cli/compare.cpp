#include "cli/compare.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "analysis/compare.hpp"
#include "analysis/comparison_json.hpp"
#include "analysis/limit.hpp"
#include "analysis/printable.hpp"
#include "analysis/recording.hpp"
#include "analysis/render/text_comparison.hpp"
#include "cli/output.hpp"
#include "tracer/error.hpp"

namespace msgstat::cli {
namespace {

struct CompareOptions {
  std::vector<std::string> recordings;
  std::vector<std::string> limits;
  bool paired = false;
  bool json = false;
  std::string color = "auto";
};

std::vector<analysis::ArmComparison> compare(const CompareOptions& options) {
  const std::string& file = options.recordings.front();
  const auto recording = analysis::load_recording(file);
  if (options.recordings.size() == 1) {
    if (options.paired)
      throw UsageError("--paired is for two recordings", "the arms of one are in pairs already");
    auto comparisons = analysis::compare_arms(recording);
    if (comparisons.empty())
      throw UsageError(fmt::format("{} has no two arms to compare", analysis::printable(file)),
                       "name a second recording, or make arms with bench --arm");
    return comparisons;
  }
  const auto other = analysis::load_recording(options.recordings.back());
  if (recording == other)
    throw UsageError(fmt::format("{} and {} are the same recording", analysis::printable(file),
                                 analysis::printable(options.recordings.back())));
  return analysis::compare_recordings(
      recording, other, {file, options.recordings.back()},
      options.paired ? analysis::Pairing::kBlocks : analysis::Pairing::kIndependent);
}

int run(const CompareOptions& options) {
  std::vector<analysis::Limit> limits;
  for (const std::string& text : options.limits) limits.push_back(analysis::parse_limit(text));
  const auto comparisons = compare(options);
  const auto results = analysis::check_limits(limits, comparisons);
  if (options.json)
    fmt::print("{}\n", analysis::comparisons_json(comparisons).dump(2));
  else
    fmt::print("{}", analysis::render::text_of_comparisons(comparisons, results,
                                                           {.color = use_color(options.color)}));
  std::fflush(stdout);
  const bool failed = std::any_of(results.begin(), results.end(),
                                  [](const auto& result) { return result.is_exceeded; });
  return failed ? 1 : 0;
}

}  // namespace

void add_compare(CLI::App& app, int& exit_status) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* command =
      app.add_subcommand("compare", "say what differs between arms, or between two recordings");
  command->add_option("RECORDING", options->recordings, "one with arms, or two")
      ->required()
      ->expected(1, 2);
  command
      ->add_option("--fail-if", options->limits,
                   "exit with 1 when this is significantly so, as 'futex/msg > +10%'; repeat for "
                   "more")
      ->type_name("LIMIT")
      ->allow_extra_args(false);
  command->add_flag("--paired", options->paired,
                    "the repeats of two recordings were taken in turn, side by side");
  command->add_flag("-j,--json", options->json, "print JSON instead of tables");
  add_color_option(*command, options->color);
  command->callback([options, &exit_status] { exit_status = run(*options); });
}

}  // namespace msgstat::cli
