#include "analysis/render/text.hpp"

#include <fmt/format.h>

#include "analysis/group.hpp"
#include "analysis/printable.hpp"
#include "analysis/render/host_line.hpp"
#include "analysis/render/layout.hpp"
#include "analysis/render/text_comparison.hpp"
#include "analysis/render/text_run.hpp"
#include "analysis/render/text_suite.hpp"
#include "analysis/render/text_summary.hpp"
#include "analysis/render/text_target.hpp"
#include "analysis/sum.hpp"

namespace msgstat::analysis {

using render::Emphasis;
using render::host_line;
using render::wrapped_words;

std::string render_text(const Recording& with_laps, const TextOptions& options) {
  const Recording recording = with_laps_added(with_laps);
  const Emphasis emphasis{options.color};
  const std::vector<Group> groups = group_runs(recording);

  std::string text = "\n";
  if (!recording.command.empty())
    text += wrapped_words(" $ ", printable_command(recording.command), 5);
  text += " " + host_line(recording.host) + "\n";
  if (recording.seed && has_arms(recording))
    text += fmt::format(" order of the arms drawn from --seed {}\n", *recording.seed);
  text += "\n";
  const suite::Suite* suite = recording.suite ? suite::find_suite(*recording.suite) : nullptr;
  std::vector<Group> models;
  for (const Group& group : groups) {
    const bool is_target = render::is_of_target(group);
    if (!is_target) models.push_back(group);
    if (suite != nullptr) continue;
    text += (is_target ? render::text_of_target : render::text_of_group)(group, options);
    text += is_target ? "\n" : "\n\n";
  }

  if (groups.empty()) text += " Nothing was measured.\n";
  if (!models.empty()) text += render::text_of_summary(models, options);

  if (suite != nullptr) text += "\n" + render::text_of_suite(*suite, groups, options);
  const std::vector<ArmComparison> comparisons =
      suite == nullptr ? compare_arms(recording) : std::vector<ArmComparison>();
  for (const ArmComparison& arms : comparisons)
    if (arms.tested > 0) text += "\n\n" + render::text_of_comparison(arms, options);
  if (!recording.skipped.empty()) text += "\n";
  for (const Skipped& skipped : recording.skipped) {
    const std::string name =
        printable(skipped.label) + (skipped.arm.empty() ? "" : ", " + printable(skipped.arm));
    text += wrapped_words(" skipped  " + emphasis.bold(name) + ": ", printable(skipped.reason), 10);
  }
  if (recording.unfinished)
    text += "\n" + wrapped_words(" " + emphasis.bold("unfinished: "),
                                 printable(*recording.unfinished), 13);
  for (const ArmComparison& arms : comparisons)
    text += "\n" + render::text_of_conclusion(arms, options) +
            render::text_of_arm_findings(arms, options);
  return text;
}

}  // namespace msgstat::analysis
