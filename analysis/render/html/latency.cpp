#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "analysis/metric.hpp"
#include "analysis/render/html/charts.hpp"
#include "analysis/render/html/drawing.hpp"
#include "analysis/render/html/scale.hpp"
#include "analysis/render/number.hpp"

namespace msgstat::analysis::html {
namespace {

using render::four_figures;
using render::significant;

struct Percentile {
  const char* name;
  double LatencyUs::*of;
  double nines;  // -log10 of the share that takes longer
};
constexpr std::array<Percentile, 4> kPercentiles = {{{"p50", &LatencyUs::p50, 0.30103},
                                                     {"p90", &LatencyUs::p90, 1},
                                                     {"p99", &LatencyUs::p99, 2},
                                                     {"p99.9", &LatencyUs::p99_9, 3}}};
constexpr std::size_t kLast = kPercentiles.size() - 1;
// More curves than these would cover each other: a panel each.
constexpr std::size_t kMostTogether = 4;

struct Curve {
  const Group* group = nullptr;
  std::array<double, kPercentiles.size()> us{};
  double max_us = 0;
};

std::optional<double> mean_us(const Group& group, double LatencyUs::*percentile) {
  const auto mean = mean_of(group, [&](const Repeat& repeat) {
    return latency_us(group.unobserved(repeat), percentile);
  });
  return mean && mean->mean > 0 ? std::optional(mean->mean) : std::nullopt;
}

std::vector<Curve> curves_of(const View& view) {
  std::vector<Curve> curves;
  const auto p99 = [](const Group& group) { return mean_us(group, &LatencyUs::p99); };
  for (const Group* group : view.ordered(p99, false)) {
    Curve curve{.group = group, .us = {}, .max_us = 0};
    for (std::size_t i = 0; i < kPercentiles.size(); ++i)
      curve.us[i] = mean_us(*group, kPercentiles[i].of).value_or(0);
    // Of several runs the worst.
    for (const double max : points(*group, [group](const Repeat& repeat) {
           return latency_us(group->unobserved(repeat), &LatencyUs::max);
         }))
      curve.max_us = std::max(curve.max_us, max);
    if (std::all_of(curve.us.begin(), curve.us.end(), [](double us) { return us > 0; }))
      curves.push_back(curve);
  }
  return curves;
}

Scale microseconds(const std::vector<Curve>& curves, double bottom, double top) {
  double least = INFINITY;
  double most = 0;
  for (const Curve& curve : curves) {
    least = std::min(least, *std::min_element(curve.us.begin(), curve.us.end()));
    most = std::max(most, *std::max_element(curve.us.begin(), curve.us.end()));
  }
  return Scale::logarithmic(least * 0.8, most * 1.25, bottom, top);
}

// "850 µs", "12 ms"
std::string time(double us, int figures = 2) {
  if (us >= 999'500) return significant(us / 1e6, figures) + " s";
  if (us >= 999.5) return significant(us / 1e3, figures) + " ms";
  return significant(us, figures) + " µs";
}

std::string commands(const Curve& curve, const Scale& across, const Scale& up) {
  std::string d;
  for (std::size_t i = 0; i < kPercentiles.size(); ++i)
    d += fmt::format("{}{:.1f} {:.1f}", i == 0 ? "M" : " L", across.at(kPercentiles[i].nines),
                     up.at(curve.us[i]));
  return d;
}

std::string hint(const Curve& curve, std::size_t i) {
  return fmt::format("{}, {}: {} us", View::name(*curve.group), kPercentiles[i].name,
                     four_figures(curve.us[i]));
}

std::string color_of(const View& view, const Curve& curve, std::size_t index) {
  return view.has_arms() ? view.arm_class(curve.group->arm)
                         : fmt::format("arm-{}", (index + 1) % kMostTogether);
}

// With a knot at each percentile.
void draw_curve(Drawing& drawing, const Curve& curve, const Scale& across, const Scale& up,
                const std::string& color, double radius) {
  drawing.path(commands(curve, across, up), "curve " + color);
  for (std::size_t j = 0; j < kPercentiles.size(); ++j)
    drawing.dot({across.at(kPercentiles[j].nines), up.at(curve.us[j])}, radius, "knot " + color,
                hint(curve, j));
}

// The names at the right ends, apart from each other.
std::vector<double> label_places(const std::vector<Curve>& curves, const Scale& up) {
  constexpr double kApart = 17;
  std::vector<std::size_t> order(curves.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return curves[a].us[kLast] > curves[b].us[kLast];
  });
  std::vector<double> places(curves.size());
  double last = -INFINITY;
  for (const std::size_t i : order) {
    places[i] = std::max(up.at(curves[i].us[kLast]), last + kApart);
    last = places[i];
  }
  return places;
}

Markup together(const View& view, const std::vector<Curve>& curves, const std::string& reading) {
  constexpr double kLeft = 70;
  constexpr double kRight = 780;
  constexpr double kTop = 16;
  constexpr double kBottom = 320;
  const Scale up = microseconds(curves, kBottom, kTop);
  const Scale across = Scale::linear(0, 3, kLeft, kRight);
  Drawing drawing;
  for (const double tick : up.ticks()) {
    drawing.line({kLeft, up.at(tick)}, {kRight, up.at(tick)}, "grid");
    drawing.text({kLeft - 10, up.at(tick) + 4}, time(tick, 1), "tick end");
  }
  for (const Percentile& percentile : kPercentiles) {
    drawing.line({across.at(percentile.nines), kTop}, {across.at(percentile.nines), kBottom},
                 "grid");
    drawing.text({across.at(percentile.nines), kBottom + 22}, percentile.name, "tick middle");
  }
  const std::vector<double> places = label_places(curves, up);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const std::string color = color_of(view, curves[i], i);
    draw_curve(drawing, curves[i], across, up, color, 4);
    const std::string name = View::name(*curves[i].group);
    drawing.text({kRight + 14, places[i] + 4}, fitted(name, 240), "name " + color, name);
  }
  return drawing.finish(kBottom + 34, "Latency", reading);
}

Markup panel(const View& view, const std::vector<Curve>& curves, std::size_t chosen) {
  constexpr double kWidth = 200;
  constexpr double kHeight = 138;
  constexpr double kLeft = 8;
  constexpr double kRight = 192;
  constexpr double kTop = 40;
  constexpr double kBottom = 116;
  const Scale up = microseconds(curves, kBottom, kTop);
  const Scale across = Scale::linear(0, 3, kLeft, kRight);
  Drawing drawing;
  for (const Percentile& percentile : kPercentiles)
    drawing.text({across.at(percentile.nines), kBottom + 18}, percentile.name,
                 percentile.nines >= 3 ? "tick small end" : "tick small middle");
  for (std::size_t i = 0; i < curves.size(); ++i)
    if (i != chosen) drawing.path(commands(curves[i], across, up), "curve ghost");
  const Curve& curve = curves[chosen];
  const std::string color = view.has_arms() ? view.arm_class(curve.group->arm) : "arm-1";
  draw_curve(drawing, curve, across, up, color, 3);
  const std::string name = View::name(*curve.group);
  drawing.text({kLeft, 16}, fitted(name, kWidth - 16), "name", name);
  drawing.text({kLeft, 32}, fmt::format("p50 {}, p99 {}", time(curve.us[0]), time(curve.us[2])),
               "tick");
  return drawing.finish_panel(kWidth, kHeight, name,
                              fmt::format("p50 {}, p90 {}, p99 {}, p99.9 {}", time(curve.us[0]),
                                          time(curve.us[1]), time(curve.us[2]), time(curve.us[3])));
}

std::string reading(const std::vector<Curve>& curves) {
  const auto name = [](const Curve& curve) { return View::name(*curve.group); };
  if (curves.size() == 1)
    return fmt::format(
        "Of {}, half of the messages are back within {}, 99 % within {}, 99.9 % within {}.",
        name(curves[0]), time(curves[0].us[0]), time(curves[0].us[2]), time(curves[0].us[3]));
  const auto by_p99 = [](const Curve& a, const Curve& b) { return a.us[2] < b.us[2]; };
  const Curve& best = *std::min_element(curves.begin(), curves.end(), by_p99);
  const Curve& worst = *std::max_element(curves.begin(), curves.end(), by_p99);
  std::string text = fmt::format("99 % of the messages are back within {} ({}) to {} ({}).",
                                 time(best.us[2]), name(best), time(worst.us[2]), name(worst));
  if (curves.size() > kMostTogether)
    text += " A panel each, all others in grey behind, on one logarithmic axis; lower is better.";
  else
    text += " On a logarithmic axis; lower is better.";
  return text;
}

}  // namespace

std::vector<Figure> draw_latency(const View& view) {
  const std::vector<Curve> curves = curves_of(view);
  if (curves.empty()) return {};
  Figure figure;
  figure.reading = reading(curves);
  if (curves.size() <= kMostTogether) {
    figure.picture = together(view, curves, figure.reading);
  } else {
    Markup panels;
    for (std::size_t i = 0; i < curves.size(); ++i) panels += panel(view, curves, i);
    figure.picture = element("div", {{"class", "panels"}}, panels);
  }
  figure.numbers = {.caption = "Latency of a message in µs; max is the worst of all runs",
                    .headings = {"", "p50", "p90", "p99", "p99.9", "max"},
                    .rows = {}};
  for (const Curve& curve : curves) {
    std::vector<std::string> cells = {View::name(*curve.group)};
    for (const double us : curve.us) cells.push_back(four_figures(us));
    cells.push_back(four_figures(curve.max_us));
    figure.numbers.rows.push_back(std::move(cells));
  }
  return {figure};
}

}  // namespace msgstat::analysis::html
