#include "analysis/render/table.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "analysis/metric.hpp"
#include "analysis/render/number.hpp"

namespace msgstat::analysis::render {
namespace {

constexpr std::size_t kPerUnitWidth = 12;
constexpr std::size_t kIntervalWidth = 12;
constexpr std::size_t kDeviationWidth = 10;
constexpr std::size_t kNameWidth = 18;

std::optional<double> scaled(std::optional<double> value, double scale) {
  if (value) *value *= scale;
  return value;
}

}  // namespace

Row make_row(const Group& group, const Choice& windows, const Total& total, std::string name,
             Scale scale) {
  Row row;
  row.name = std::move(name);
  row.total = stats::summarize(points(
      group, [&](const Repeat& repeat) { return scaled(total(windows(repeat)), scale.total); }));
  // Under load there is a unit to be had, and its absence is not to look like a rate.
  const bool is_rate = !group.counts_units() && !group.first().load;
  const auto divided = is_rate ? per_second : per_unit;
  if (is_rate) row.per_unit_decimals = 2;
  row.per_unit = stats::summarize(points(group, [&](const Repeat& repeat) {
    return scaled(divided(total(windows(repeat)), windows(repeat)), scale.per_unit);
  }));
  return row;
}

std::size_t Table::name_column() const {
  return kTotalWidth + 1 + kUnitWidth + (deviations_ ? kDeviationWidth : 0) + 1 + kPerUnitWidth +
         1 + kUnitWidth + (repeated_ ? kIntervalWidth : 0) + 2;
}

void Table::section(const std::string& sentence) {
  text_ += "\n";
  if (!sentence.empty()) text_ += wrapped_words("   ", sentence, 3);
  std::string line = pad_left(repeated_ ? "mean total" : "total", kTotalWidth + 1 + kUnitWidth);
  if (deviations_) line += pad_left("dev", kDeviationWidth);
  line += ' ' + pad_left(unit_.empty() ? "" : "per " + unit_, kPerUnitWidth + 1 + kUnitWidth);
  if (repeated_) line += pad_left("± 95 %", kIntervalWidth);
  line.erase(line.find_last_not_of(' ') + 1);
  text_ += emphasis_.dim(line) + "\n";
}

void Table::add(const Row& row) {
  std::string total = row.instead.empty() ? "-" : row.instead;
  if (row.total)
    total = row.total_decimals == 0 ? grouped_count(row.total->mean)
                                    : grouped(row.total->mean, row.total_decimals);
  std::string line =
      pad_left(total, kTotalWidth) + ' ' + pad_right(row.total ? row.total_unit : "", kUnitWidth);

  if (deviations_) {
    const bool known = row.total && row.total->deviation && row.total->mean != 0;
    line += pad_left(
        known ? fmt::format("{:.1f} %", *row.total->deviation / row.total->mean * 100) : "-",
        kDeviationWidth);
  }
  const std::string per =
      row.per_unit ? not_zero(row.per_unit->mean, row.per_unit_decimals) : std::string();
  line += ' ' + pad_left(per, kPerUnitWidth) + ' ' +
          pad_right(row.per_unit ? row.per_unit_unit : "", kUnitWidth);
  if (repeated_) {
    const bool known = row.per_unit && row.per_unit->half_width;
    line += pad_left(
        known ? "± " + not_zero(*row.per_unit->half_width, row.per_unit_decimals) : std::string(),
        kIntervalWidth);
  }
  line += "  ";
  line += row.remarks.empty() ? row.name : pad_right(row.name, kNameWidth) + "  ";
  text_ += wrapped(line, row.remarks, ", ", name_column() + kNameWidth + 2);
}

void Table::absent(std::string_view instead, const std::vector<std::string>& names,
                   std::string_view reason) {
  const std::size_t indent = kTotalWidth + 1 + kUnitWidth + 1;
  text_ += wrapped(pad_right(pad_left(instead, kTotalWidth), indent), names, ", ", indent);
  if (!reason.empty()) text_ += wrapped_words(std::string(indent + 2, ' '), reason, indent + 2);
}

void Table::statement(std::string_view head, std::string_view sentence) {
  constexpr std::size_t kHeadWidth = 11;
  text_ +=
      wrapped_words("   " + emphasis_.bold(pad_right(head, kHeadWidth)), sentence, 3 + kHeadWidth);
}

}  // namespace msgstat::analysis::render
