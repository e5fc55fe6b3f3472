#include "analysis/render/markdown.hpp"

#include <fmt/format.h>

#include <vector>

#include "analysis/compare.hpp"
#include "analysis/metric.hpp"
#include "analysis/printable.hpp"
#include "analysis/quantity.hpp"
#include "analysis/render/number.hpp"
#include "analysis/render/text_comparison.hpp"
#include "analysis/render/text_run.hpp"

namespace msgstat::analysis {
namespace {

using render::probability;
using render::significant;

// Text in a cell or a paragraph: nothing of it is markup.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char letter : printable(text)) {
    if (std::string_view("\\`*_[]<>|#~&!").find(letter) != std::string_view::npos) out += '\\';
    out += letter;
  }
  return out;
}

std::string row(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + cell + " |";
  return line + "\n";
}

// The first column is text, the others are numbers.
std::string headings(const std::vector<std::string>& cells) {
  std::string line = row(cells) + "|---|";
  for (std::size_t i = 1; i < cells.size(); ++i) line += "---:|";
  return line + "\n";
}

std::string number(const stats::Summary& summary) {
  std::string text = significant(summary.mean, 4);
  if (summary.half_width) text += " ± " + significant(*summary.half_width, 2);
  return text;
}

std::string title(const Group& group) {
  return escaped(group.label) + (group.arm.empty() ? "" : ", " + escaped(group.arm));
}

std::string group_table(const Group& group) {
  std::string text = fmt::format("## {}\n\n", title(group)) +
                     headings({"quantity", group.repeats.size() > 1 ? "mean ± 95 %" : "value"});
  for (const Quantity& quantity : quantities_of({&group})) {
    const auto summary = stats::summarize(
        points(group, [&](const Repeat& repeat) { return point_of(quantity, group, repeat); }));
    if (!summary) continue;
    const std::string unit = quantity.unit.empty() ? "" : ", " + escaped(quantity.unit);
    text += row({escaped(quantity.name) + unit, number(*summary)});
  }
  return text + "\n";
}

std::string interval(const Comparison& one) {
  const auto shown = [](const Interval& ci) {
    return significant(ci.low, 3) + " – " + significant(ci.high, 3);
  };
  if (one.ratio_ci95) return shown(*one.ratio_ci95);
  return one.difference_ci95 ? "difference " + shown(*one.difference_ci95) : "";
}

std::string comparison_table(const ArmComparison& arms) {
  std::string text = fmt::format("## {}: {} against {}\n\n", escaped(arms.label),
                                 escaped(arms.names[1]), escaped(arms.names[0])) +
                     headings({"quantity", escaped(arms.names[0]), escaped(arms.names[1]), "ratio",
                               "95 %", "p", "p, Holm", "verdict"});
  for (const Comparison& one : arms.quantities) {
    if (one.verdict == Verdict::kUntested) continue;
    text += row({escaped(one.metric), significant(one.arms[0].summary->mean, 4),
                 significant(one.arms[1].summary->mean, 4),
                 one.ratio ? significant(*one.ratio, 3) : "–", interval(one), probability(*one.p),
                 probability(*one.corrected_p), std::string(verdict_name(one.verdict))});
  }
  text += "\n" + escaped(render::title_of(arms) + ": " + render::conclusion(arms)) + "\n\n";
  for (const ArmFinding& one : arms.findings.only)
    text += fmt::format("- Only {}, {}: {}\n", escaped(arms.names[one.arm]),
                        escaped(render::runs_of_finding(arms, one)), escaped(one.finding.title));
  return text + (arms.findings.only.empty() ? "" : "\n");
}

}  // namespace

std::string render_markdown(const Recording& recording) {
  std::string text = "# msgstat\n\n";
  if (!recording.command.empty())
    text += "Command: " + escaped(printable_command(recording.command)) + "\n\n";
  text += fmt::format(
      "Linux {}, {}, {} CPUs, {}\n\n", escaped(recording.host.kernel), escaped(recording.host.arch),
      recording.host.cpus,
      recording.host.pmu ? "PMU " + escaped(*recording.host.pmu) : std::string("no hardware PMU"));
  for (const Group& group : group_runs(recording)) text += group_table(group);
  for (const ArmComparison& arms : compare_arms(recording))
    if (arms.tested > 0) text += comparison_table(arms);
  for (const Skipped& skipped : recording.skipped)
    text += fmt::format("Skipped {}: {}\n\n", escaped(skipped.label), escaped(skipped.reason));
  if (recording.unfinished) text += "Unfinished: " + escaped(*recording.unfinished) + "\n\n";
  text.pop_back();
  return text;
}

}  // namespace msgstat::analysis
