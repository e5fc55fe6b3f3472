#include <algorithm>

#include "analysis/render/html/sections.hpp"
#include "analysis/render/summary_columns.hpp"
#include "analysis/render/text_run.hpp"
#include "analysis/render/text_suite.hpp"

namespace msgstat::analysis::html {
namespace {

// The columns are named for messages.
std::string with_unit(std::string heading, const std::string& unit) {
  const std::size_t at = heading.find("msg");
  if (at != std::string::npos) heading.replace(at, 3, unit);
  return heading;
}

}  // namespace

Markup summary(const View& view) {
  if (view.groups().empty()) return element("p", {{"class", "absent"}}, "Nothing was measured.");
  const bool repeated = std::any_of(view.groups().begin(), view.groups().end(),
                                    [](const Group& group) { return group.repeats.size() > 1; });
  const std::string unit = render::unit_abbreviation(view.groups().front().first());
  NumberTable numbers{.caption =
                          "Throughput, CPU time and latency with nothing armed; the counts "
                          "of measured windows; what the measuring cost in throughput",
                      .headings = {""},
                      .rows = {}};
  const std::vector<render::SummaryColumn> columns = render::summary_columns(repeated);
  for (const auto& column : columns) {
    numbers.headings.push_back(with_unit(column.heading, unit));
    const std::string under = with_unit(column.unit, unit);
    if (!under.empty()) numbers.headings.back() += (under.starts_with('/') ? "" : ", ") + under;
  }
  for (const Group& group : view.groups()) {
    std::vector<std::string> cells = {View::name(group)};
    for (const auto& column : columns) cells.push_back(column.cell(group));
    numbers.rows.push_back(std::move(cells));
  }
  return table(numbers, "numbers");
}

Markup suite_figures(const View& view) {
  const auto& name = view.recording().suite;
  const suite::Suite* suite = name ? suite::find_suite(*name) : nullptr;
  if (suite == nullptr) return {};
  // Lines and columns are its form: each line is text for itself.
  const std::string shown = render::text_of_suite(*suite, view.groups(), {});
  Markup lines;
  std::size_t begin = 0;
  while (begin < shown.size()) {
    const std::size_t end = std::min(shown.find('\n', begin), shown.size());
    lines += text(std::string_view(shown).substr(begin, end - begin)) + verbatim("\n");
    begin = end + 1;
  }
  return element("div",
                 {{"class", "scroll"},
                  {"tabindex", "0"},
                  {"role", "region"},
                  {"aria-label", "Figures, a text that may scroll"}},
                 element("pre", {}, lines));
}

}  // namespace msgstat::analysis::html
