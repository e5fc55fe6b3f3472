#include <fmt/format.h>

#include <algorithm>

#include "analysis/printable.hpp"
#include "analysis/render/host_line.hpp"
#include "analysis/render/html/sections.hpp"
#include "analysis/render/number.hpp"
#include "analysis/render/text_run.hpp"

namespace msgstat::analysis::html {
namespace {

constexpr std::size_t kMostNamed = 4;

std::vector<std::string> labels_of(const View& view) {
  std::vector<std::string> labels;
  for (const Group& group : view.groups())
    if (std::find(labels.begin(), labels.end(), group.label) == labels.end())
      labels.push_back(group.label);
  return labels;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  const std::size_t named = names.size() <= kMostNamed + 1 ? names.size() : kMostNamed;
  for (std::size_t i = 0; i < named; ++i) {
    if (i > 0) text += ", ";
    text += names[i];
  }
  if (named < names.size()) text += fmt::format(" and {} more", names.size() - named);
  return text;
}

// Of all groups alike: what they ran under.
std::vector<std::string> shared_facts(const View& view) {
  std::vector<std::string> shared;
  for (const Group& group : view.groups()) {
    const std::vector<std::string> facts = render::facts_of(group);
    if (&group == view.groups().data()) shared = facts;
    std::erase_if(shared, [&facts](const std::string& fact) {
      return std::find(facts.begin(), facts.end(), fact) == facts.end();
    });
  }
  return shared;
}

std::string windows_of(const View& view) {
  std::size_t runs = 0;
  std::size_t windows = view.recording().runs.size();
  for (const Group& group : view.groups()) runs += group.repeats.size();
  return fmt::format("{} run{} in {} window{}", runs, runs == 1 ? "" : "s", windows,
                     windows == 1 ? "" : "s");
}

Markup facts(const View& view) {
  std::vector<std::string> all = {render::host_line(view.recording().host)};
  const std::vector<std::string> shared = shared_facts(view);
  all.insert(all.end(), shared.begin(), shared.end());
  all.push_back(windows_of(view));
  Markup items;
  for (const std::string& fact : all) items += element("li", {}, fact);
  return element("ul", {{"class", "facts"}}, items);
}

}  // namespace

std::string headline(const View& view) {
  const std::vector<std::string> labels = labels_of(view);
  if (labels.empty()) return "nothing was measured";
  const auto& comparisons = view.comparisons();
  if (comparisons.size() == 1)
    return fmt::format("{}: {} against {}", comparisons[0].label, comparisons[0].names[1],
                       comparisons[0].names[0]);
  return listed(labels);
}

Markup header(const View& view) {
  const Recording& recording = view.recording();
  Markup content = element("p", {{"class", "eyebrow"}}, "msgstat") +
                   element("h1", {}, headline(view)) + facts(view);
  if (!recording.command.empty())
    content += element("pre", {{"class", "command"}, {"aria-label", "The command"}},
                       element("code", {}, "$ " + printable_command(recording.command)));
  if (recording.unfinished)
    content += element("p", {{"class", "unfinished"}, {"role", "note"}},
                       "Unfinished: " + *recording.unfinished);
  return element("header", {}, content);
}

}  // namespace msgstat::analysis::html
