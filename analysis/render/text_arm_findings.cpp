#include <fmt/format.h>

#include <algorithm>

#include "analysis/printable.hpp"
#include "analysis/render/layout.hpp"
#include "analysis/render/text_comparison.hpp"

namespace msgstat::analysis::render {
namespace {

bool has_changed(const ArmComparison& arms) {
  return std::any_of(arms.quantities.begin(), arms.quantities.end(),
                     [](const Comparison& one) { return one.verdict == Verdict::kChanged; });
}

}  // namespace

std::string runs_of_finding(const ArmComparison& arms, const ArmFinding& finding) {
  const std::size_t here = finding.arm;
  const std::size_t there = 1 - here;
  return fmt::format("in {} of {} run{} of {}, in {} of {} of {}", finding.runs[here],
                     finding.of[here], finding.of[here] == 1 ? "" : "s",
                     printable(arms.names[here]), finding.runs[there], finding.of[there],
                     printable(arms.names[there]));
}

std::string text_of_arm_findings(const ArmComparison& arms, const TextOptions& options) {
  const Emphasis emphasis{options.color};
  std::string text;
  for (const ArmFinding& one : arms.findings.only) {
    const Finding& finding = one.finding;
    text += wrapped_words(
        "   " + emphasis.bold("only " + printable(arms.names[one.arm])) + ": ",
        fmt::format("{} [{}, {}; {}]", printable(finding.title), printable(finding.severity),
                    printable(finding.id), runs_of_finding(arms, one)),
        6);
    if (!finding.why.empty()) text += wrapped_words("      why  ", printable(finding.why), 11);
    for (const std::string& place : finding.where)
      text += wrapped_words("      where  ", printable(place), 13);
    for (const std::string& attempt : finding.try_this)
      text += wrapped_words("      try  ", printable(attempt), 11);
  }
  if (!arms.findings.is_explained && has_changed(arms))
    text += wrapped_words("   ",
                          "Recorded at a lower level than explain, so only the rules that need "
                          "counts could say why: bench --level explain records the rest.",
                          3);
  return text;
}

}  // namespace msgstat::analysis::render
