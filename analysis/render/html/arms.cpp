#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "analysis/render/html/charts.hpp"
#include "analysis/render/html/drawing.hpp"
#include "analysis/render/html/scale.hpp"
#include "analysis/render/number.hpp"
#include "analysis/render/text_comparison.hpp"

namespace msgstat::analysis::html {
namespace {

using render::probability;
using render::significant;

constexpr double kTop = 44;
constexpr double kRow = 52;
constexpr double kLane = 20;
// The columns: what, every run on an axis of its own, the means, the ratio on one axis for all.
constexpr double kWhat = 10;
constexpr double kRuns = 190;
constexpr double kRunsEnd = 540;
constexpr double kMeans = 556;
constexpr double kRatio = 690;
constexpr double kRatioEnd = 920;
constexpr double kRatioText = 936;
// Ratios further from 1 are drawn at the end of the axis.
constexpr double kFurthest = 300;

struct Sides {
  const ArmComparison& arms;
  std::array<std::string, 2> colors;
};

std::vector<const Comparison*> shown_in_picture(const ArmComparison& arms) {
  std::vector<const Comparison*> shown;
  for (const Comparison& one : arms.quantities)
    if (one.verdict != Verdict::kUntested && one.is_headline) shown.push_back(&one);
  return shown;
}

std::string name_of(const Comparison& one) {
  return one.unit.empty() ? one.metric : one.metric + ", " + one.unit;
}

Scale scale_of_runs(const Comparison& one) {
  double least = INFINITY;
  double most = -INFINITY;
  for (const ArmPoints& points : one.arms)
    for (const double value : points.values) {
      least = std::min(least, value);
      most = std::max(most, value);
    }
  // From zero, unless all is far from it.
  constexpr double kFar = 0.6;
  if (least < kFar * most || least <= 0) least = std::min(least, 0.0);
  return Scale::linear(least, most, kRuns, kRunsEnd);
}

void draw_lane(Drawing& drawing, const Sides& sides, const Comparison& one, std::size_t arm,
               const Scale& scale, double y) {
  const ArmPoints& points = one.arms[arm];
  const std::string& color = sides.colors[arm];
  if (points.summary && points.summary->half_width)
    drawing.line({scale.at(points.summary->mean - *points.summary->half_width), y},
                 {scale.at(points.summary->mean + *points.summary->half_width), y},
                 "interval " + color);
  for (std::size_t i = 0; i < points.values.size(); ++i) {
    const bool is_outlier =
        std::find(points.outliers.begin(), points.outliers.end(), i) != points.outliers.end();
    drawing.dot({scale.at(points.values[i]), y}, 4, (is_outlier ? "run outlier " : "run ") + color,
                fmt::format("{}, {}, run {}: {}{}", one.metric, sides.arms.names[arm], i + 1,
                            significant(points.values[i], 4),
                            is_outlier ? ", an outlier, counted like all" : ""));
  }
  if (!points.summary) return;
  const double mean = scale.at(points.summary->mean);
  drawing.line({mean, y - 7}, {mean, y + 7}, "mean");
  drawing.text({kMeans, y + 4}, significant(points.summary->mean, 3), "value " + color);
}

std::string interval_text(const Comparison& one) {
  if (one.ratio_ci95)
    return significant(one.ratio_ci95->low, 3) + " to " + significant(one.ratio_ci95->high, 3);
  if (one.difference_ci95)
    return fmt::format("difference {} to {}", significant(one.difference_ci95->low, 3),
                       significant(one.difference_ci95->high, 3));
  return "–";
}

void draw_ratio(Drawing& drawing, const Comparison& one, const Scale& ratios, double y) {
  const std::string state = one.verdict == Verdict::kChanged ? "changed" : "same";
  if (one.ratio && one.ratio_ci95) {
    drawing.line({ratios.at(one.ratio_ci95->low), y}, {ratios.at(one.ratio_ci95->high), y},
                 "ratio " + state);
    drawing.dot({ratios.at(*one.ratio), y}, 5, "ratio " + state,
                fmt::format("{}: ratio {}, 95 % {}", one.metric, significant(*one.ratio, 3),
                            interval_text(one)));
  } else {
    drawing.text({(kRatio + kRatioEnd) / 2, y + 4}, fitted(interval_text(one), 240, 12),
                 "tick middle halo");
  }
  drawing.text({kRatioText, y + 4}, one.ratio ? "× " + significant(*one.ratio, 3) : "–",
               one.verdict == Verdict::kChanged ? "value strong" : "value");
}

Scale scale_of_ratios(const std::vector<const Comparison*>& shown) {
  double furthest = 2;
  for (const Comparison* one : shown)
    if (one->ratio_ci95 && one->ratio_ci95->low > 0)
      furthest = std::max({furthest, one->ratio_ci95->high, 1 / one->ratio_ci95->low});
  furthest = std::min(furthest, kFurthest);
  return Scale::logarithmic(1 / furthest, furthest, kRatio, kRatioEnd);
}

void draw_heads(Drawing& drawing, const ArmComparison& arms, const Scale& ratios, double bottom) {
  const double low = ratios.at(1 / (1 + kMargin));
  drawing.rectangle({low, kTop - 6}, ratios.at(1 + kMargin) - low, bottom - kTop + 6, "margin",
                    "a change that is surely smaller than 5 % is none");
  drawing.text({kRuns, 16}, "every run", "tick");
  drawing.text({kMeans, 16}, "mean", "tick");
  drawing.text({(kRatio + kRatioEnd) / 2, 16},
               fitted(fmt::format("{} / {}", arms.names[1], arms.names[0]), 330, 12),
               "tick middle");
  // So many that their numbers do not touch.
  constexpr double kApart = 34;
  double last = -INFINITY;
  for (const double tick : ratios.ticks()) {
    drawing.line({ratios.at(tick), kTop - 6}, {ratios.at(tick), bottom},
                 tick == 1 ? "zero" : "grid");
    if (ratios.at(tick) - last < kApart) continue;
    last = ratios.at(tick);
    drawing.text({last, kTop - 12}, significant(tick, 1), "tick small middle");
  }
}

Markup picture(const Sides& sides, const std::string& reading) {
  const ArmComparison& arms = sides.arms;
  const std::vector<const Comparison*> shown = shown_in_picture(arms);
  const Scale ratios = scale_of_ratios(shown);
  const double bottom = kTop + static_cast<double>(shown.size()) * kRow;
  Drawing drawing;
  draw_heads(drawing, arms, ratios, bottom);
  double y = kTop;
  for (const Comparison* one : shown) {
    drawing.line({0, y - 3}, {kPictureWidth, y - 3}, "rule");
    const double middle = y + kRow / 2 - 3;
    const std::string name = name_of(*one);
    drawing.text({kWhat, middle - 3}, fitted(name, kRuns - kWhat - 16), "label strong", name);
    drawing.text(
        {kWhat, middle + 14},
        one->verdict == Verdict::kUndecided ? "cannot be told" : verdict_name(one->verdict),
        one->verdict == Verdict::kChanged ? "tick changed" : "tick");
    const Scale scale = scale_of_runs(*one);
    for (const double end : {kRuns, kRunsEnd})
      drawing.line({end, middle - kLane}, {end, middle + kLane}, "grid");
    for (std::size_t arm = 0; arm < 2; ++arm)
      draw_lane(drawing, sides, *one, arm, scale, middle + (arm == 0 ? -kLane : kLane) / 2);
    draw_ratio(drawing, *one, ratios, middle);
    y += kRow;
  }
  return drawing.finish(bottom + 4, render::title_of(arms), reading);
}

NumberTable numbers_of(const ArmComparison& arms) {
  NumberTable numbers{
      .caption = render::title_of(arms) + fmt::format(", Holm over {} tests", arms.tested),
      .headings = {"", arms.names[0], arms.names[1], "ratio", "95 %", "p", "p, permutation",
                   "p, Holm", "verdict"},
      .rows = {}};
  for (const Comparison& one : arms.quantities) {
    if (one.verdict == Verdict::kUntested) continue;
    std::vector<std::string> cells = {name_of(one)};
    for (const ArmPoints& points : one.arms) {
      cells.push_back(significant(points.summary->mean, 4));
      if (points.summary->deviation)
        cells.back() += " ± " + significant(*points.summary->deviation, 2);
    }
    cells.push_back(one.ratio ? significant(*one.ratio, 3) : "–");
    cells.push_back(interval_text(one));
    for (const auto& p : {one.p, one.permutation_p, one.corrected_p})
      cells.push_back(p ? probability(*p) : "–");
    cells.emplace_back(verdict_name(one.verdict));
    numbers.rows.push_back(std::move(cells));
  }
  return numbers;
}

}  // namespace

std::vector<Figure> draw_arms(const View& view) {
  std::vector<Figure> figures;
  for (const ArmComparison& arms : view.comparisons()) {
    if (arms.tested == 0) continue;
    Figure figure;
    figure.title = fmt::format("{}: {} against {}", arms.label, arms.names[1], arms.names[0]);
    figure.reading = render::conclusion(arms);
    const Sides sides{arms, {view.arm_class(arms.names[0]), view.arm_class(arms.names[1])}};
    figure.legend = legend(legend_entry(sides.colors[0], arms.names[0]) +
                           legend_entry(sides.colors[1], arms.names[1]));
    figure.picture = picture(sides, figure.reading);
    figure.numbers = numbers_of(arms);
    figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace msgstat::analysis::html
