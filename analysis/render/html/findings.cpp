#include "analysis/findings/group_findings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/render/html/sections.hpp"
#include "analysis/render/number.hpp"

namespace msgstat::analysis::html {
namespace {

std::string figure_of(double value) { return value == 0 ? "0" : render::significant(value, 3); }

// "cross_cpu_share" as words.
std::string words(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

Markup evidence(const Finding& finding) {
  Markup entries;
  for (const auto& [name, value] : finding.evidence)
    entries +=
        element("div", {}, element("dt", {}, words(name)) + element("dd", {}, figure_of(value)));
  return entries.empty() ? Markup() : element("dl", {{"class", "evidence"}}, entries);
}

// Where the rule speaks in this arm and not in the other.
Markup only_here(const View& view, const Group& group, const Finding& finding) {
  if (!view.has_arms()) return {};
  for (const Group& other : view.groups()) {
    if (other.label != group.label || other.arm == group.arm) continue;
    for (const ArmFinding& one : find_arm_findings(group, other).only)
      if (one.arm == 0 && one.finding.id == finding.id)
        return element("span", {{"class", "only"}}, fmt::format("not in {}", other.arm));
  }
  return {};
}

std::string_view severity_class(const Finding& finding) {
  for (const std::string_view known : {"severity high", "severity medium", "severity low"})
    if (known.ends_with(" " + finding.severity)) return known;
  return "severity info";
}

Markup article(const View& view, const Group& group, const GroupFinding& one) {
  const Finding& finding = one.finding;
  Markup head = element("span", {{"class", severity_class(finding)}}, finding.severity) +
                element("span", {{"class", "rule"}}, finding.id);
  if (group.repeats.size() > 1)
    head += element("span", {{"class", "rule"}},
                    fmt::format("in {} of {} runs", one.runs, judged_runs(group)));
  head += only_here(view, group, finding);
  Markup content = element("p", {{"class", "head"}}, head) + element("h4", {}, finding.title);
  if (!finding.why.empty()) content += element("p", {}, finding.why);
  content += evidence(finding);
  Markup places;
  for (const std::string& place : finding.where) places += element("li", {}, place);
  if (!places.empty())
    content +=
        element("p", {{"class", "try"}}, "Where") + element("ul", {{"class", "try"}}, places);
  Markup attempts;
  for (const std::string& attempt : finding.try_this) attempts += element("li", {}, attempt);
  if (!attempts.empty())
    content +=
        element("p", {{"class", "try"}}, "Try") + element("ul", {{"class", "try"}}, attempts);
  return element("article", {{"class", "finding"}}, content);
}

bool is_explained(const View& view) {
  return std::any_of(view.recording().runs.begin(), view.recording().runs.end(),
                     [](const Run& run) { return run.sched || run.futex; });
}

}  // namespace

Markup findings(const View& view) {
  Markup content;
  for (const Group& group : view.groups()) {
    Markup articles;
    for (const GroupFinding& one : find_group_findings(group))
      articles += article(view, group, one);
    if (articles.empty()) continue;
    content += element("h3", {}, View::name(group));
    content += element("div", {{"class", "findings"}}, articles);
  }
  if (content.empty())
    content = element("p", {{"class", "absent"}}, "No rule finds anything to say.");
  if (!is_explained(view))
    content += element("p", {{"class", "absent"}},
                       "Only the rules that need counts could judge: the recording is of a lower "
                       "level than explain. msgstat bench MODEL --level explain records the rest.");
  return content;
}

}  // namespace msgstat::analysis::html
