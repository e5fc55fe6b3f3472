#include "analysis/render/text_summary.hpp"

#include <algorithm>
#include <set>

#include "analysis/metric.hpp"
#include "analysis/printable.hpp"
#include "analysis/render/layout.hpp"
#include "analysis/render/number.hpp"
#include "analysis/render/summary_columns.hpp"
#include "analysis/render/text_run.hpp"

namespace msgstat::analysis::render {
namespace {

constexpr std::size_t kCallsNamed = 4;
constexpr double kCallsNamedFrom = 0.0005;

// The most of what `count` says of the names, by unit: "recvfrom 1.000".
std::vector<std::string> most_of(const Group& group, const std::set<std::string>& names,
                                 std::optional<double> (*count)(const Windows&, std::string_view)) {
  std::vector<std::pair<std::string, double>> most;
  for (const std::string& name : names) {
    const auto mean = mean_of(group, [&](const Repeat& repeat) {
      return per_unit(count(repeat.measured, name), repeat.measured);
    });
    if (mean && mean->mean >= kCallsNamedFrom) most.emplace_back(name, mean->mean);
  }
  std::stable_sort(most.begin(), most.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> texts;
  for (const auto& [name, mean] : most)
    if (texts.size() < kCallsNamed) texts.push_back(printable(name) + " " + grouped(mean, 3));
  return texts;
}

// "recvfrom 1.000 · sendto 1.000 · futex 0.080"
std::vector<std::string> most_called(const Group& group) {
  std::set<std::string> calls;
  std::set<std::string> operations;
  for (const Repeat& repeat : group.repeats) {
    for (const Run* run : repeat.measured) {
      for (const Syscall& call : run->syscalls.value_or(std::vector<Syscall>()))
        calls.insert(call.name);
      for (const UringEntries& count : run->uring.value_or(std::vector<UringEntries>()))
        operations.insert(count.operation);
    }
  }
  std::vector<std::string> texts = most_of(group, calls, syscall_calls);
  for (const std::string& text : most_of(group, operations, uring_entries))
    texts.push_back("io_uring " + text);
  return texts;
}

}  // namespace

std::string text_of_summary(const std::vector<Group>& groups, const TextOptions& options) {
  const Emphasis emphasis{options.color};
  const bool repeated = std::any_of(groups.begin(), groups.end(),
                                    [](const Group& group) { return group.repeats.size() > 1; });
  const std::vector<SummaryColumn> columns = summary_columns(repeated);

  std::size_t name_width = 5;
  for (const Group& group : groups)
    name_width = std::max(name_width, display_width(title_of(group)));

  // Cells first: a column is as wide as its widest.
  std::vector<std::vector<std::string>> cells;
  cells.reserve(groups.size());
  std::vector<std::size_t> widths;
  widths.reserve(columns.size());
  for (const SummaryColumn& column : columns)
    widths.push_back(std::max(display_width(column.heading), display_width(column.unit)));
  for (const Group& group : groups) {
    std::vector<std::string>& row = cells.emplace_back();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      row.push_back(columns[i].cell(group));
      widths[i] = std::max(widths[i], display_width(row.back()));
    }
  }

  std::string headings = " " + pad_right("model", name_width);
  std::string units = " " + pad_right("", name_width);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    headings += "  " + pad_left(columns[i].heading, widths[i]);
    units += "  " + pad_left(columns[i].unit, widths[i]);
  }
  std::string text = emphasis.bold(headings) + "\n" + emphasis.dim(units) + "\n";
  for (std::size_t g = 0; g < groups.size(); ++g) {
    text += " " + pad_right(title_of(groups[g]), name_width);
    for (std::size_t i = 0; i < columns.size(); ++i)
      text += "  " + pad_left(cells[g][i], widths[i]);
    text.erase(text.find_last_not_of(' ') + 1);
    text += "\n";
    std::vector<std::string> calls = most_called(groups[g]);
    for (std::string& call : calls) call = emphasis.dim(call);
    if (!calls.empty()) text += wrapped(std::string(5, ' '), calls, emphasis.dim(" · "), 5);
  }
  return text;
}

}  // namespace msgstat::analysis::render
