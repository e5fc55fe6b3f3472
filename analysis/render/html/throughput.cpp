#include <fmt/format.h>

#include <algorithm>

#include "analysis/metric.hpp"
#include "analysis/render/html/charts.hpp"
#include "analysis/render/html/drawing.hpp"
#include "analysis/render/html/scale.hpp"
#include "analysis/render/number.hpp"

namespace msgstat::analysis::html {
namespace {

using render::four_figures;
using render::significant;

constexpr double kNames = 200;
constexpr double kValues = 860;
constexpr double kTop = 26;
constexpr double kRow = 26;

struct Row {
  const Group* group = nullptr;
  std::vector<double> points;
  stats::Summary mean;
};

std::vector<Row> rows_of(const View& view) {
  const auto rate = [](const Group& group) {
    const auto mean = throughput(group);
    return mean ? std::optional(mean->mean) : std::nullopt;
  };
  std::vector<Row> rows;
  for (const Group* group : view.ordered(rate, true))
    rows.push_back(
        {group,
         points(*group,
                [group](const Repeat& repeat) { return units_per_s(group->unobserved(repeat)); }),
         *throughput(*group)});
  return rows;
}

std::string shown(const stats::Summary& mean) {
  std::string text = four_figures(mean.mean);
  if (mean.half_width) text += " ± " + significant(*mean.half_width, 2);
  return text;
}

void draw_row(Drawing& drawing, const View& view, const Row& row, const Scale& scale, double y) {
  const std::string name = View::name(*row.group);
  const std::string color = view.arm_class(row.group->arm);
  drawing.text({kNames - 14, y + 4}, fitted(name, kNames - 20), "label end", name);
  drawing.line({kNames, y}, {scale.at(row.mean.mean), y}, "stem");
  if (const auto& half = row.mean.half_width)
    drawing.line({scale.at(row.mean.mean - *half), y}, {scale.at(row.mean.mean + *half), y},
                 "interval " + color);
  for (std::size_t i = 0; i < row.points.size(); ++i)
    drawing.dot({scale.at(row.points[i]), y}, row.points.size() == 1 ? 5 : 4, "run " + color,
                fmt::format("{}, run {}: {}/s", name, i + 1, four_figures(row.points[i])));
  if (row.points.size() > 1)
    drawing.line({scale.at(row.mean.mean), y - 8}, {scale.at(row.mean.mean), y + 8}, "mean");
  drawing.text({kValues + 16, y + 4}, shown(row.mean), "value");
}

std::string reading(const View& view, const std::vector<Row>& rows) {
  const auto by_mean = [](const Row& a, const Row& b) { return a.mean.mean < b.mean.mean; };
  const Row& best = *std::max_element(rows.begin(), rows.end(), by_mean);
  const Row& worst = *std::min_element(rows.begin(), rows.end(), by_mean);
  const bool repeated =
      std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.points.size() > 1; });
  std::string text =
      rows.size() == 1
          ? fmt::format("{} does {} {} a second.", View::name(*best.group),
                        four_figures(best.mean.mean), view.units_name())
          : fmt::format("{} does most, {} {} a second; {} least, {}.", View::name(*best.group),
                        four_figures(best.mean.mean), view.units_name(), View::name(*worst.group),
                        four_figures(worst.mean.mean));
  if (rows.size() > 1 && worst.mean.mean > 0)
    text +=
        fmt::format(" They are {}-fold apart.", significant(best.mean.mean / worst.mean.mean, 2));
  text += repeated           ? " A dot is a run, the upright their mean, the bar its 95 % interval."
          : rows.size() == 1 ? " It is one run: how far another would be from it is not known."
                             : " One run each: how far another would be from it is not known.";
  return text;
}

}  // namespace

std::vector<Figure> draw_throughput(const View& view) {
  if (view.units_name().empty()) return {};
  const std::vector<Row> rows = rows_of(view);
  if (rows.empty()) return {};
  double most = 0;
  for (const Row& row : rows) {
    most = std::max(most, row.mean.mean + row.mean.half_width.value_or(0));
    for (const double point : row.points) most = std::max(most, point);
  }
  const Scale scale = Scale::linear(0, most, kNames, kValues);
  const double bottom = kTop + static_cast<double>(rows.size()) * kRow;
  Drawing drawing;
  for (const double tick : scale.ticks()) {
    drawing.line({scale.at(tick), kTop - 4}, {scale.at(tick), bottom}, "grid");
    drawing.text({scale.at(tick), kTop - 10}, scale.label(tick), "tick middle");
  }
  drawing.text({kNames - 14, kTop - 10}, fitted(view.units_name() + "/s", kNames - 20, 12),
               "tick end");
  NumberTable numbers{.caption = view.units_name() + " a second",
                      .headings = {"", "mean", "± 95 %", "runs"},
                      .rows = {}};
  double y = kTop + kRow / 2;
  for (const Row& row : rows) {
    draw_row(drawing, view, row, scale, y);
    y += kRow;
    std::string all;
    for (const double point : row.points) {
      if (!all.empty()) all += " ";
      all += four_figures(point);
    }
    numbers.rows.push_back({View::name(*row.group), four_figures(row.mean.mean),
                            row.mean.half_width ? significant(*row.mean.half_width, 3) : "–", all});
  }
  Figure figure;
  figure.reading = reading(view, rows);
  figure.picture = drawing.finish(bottom + 6, "Throughput", figure.reading);
  figure.numbers = std::move(numbers);
  return {figure};
}

}  // namespace msgstat::analysis::html
