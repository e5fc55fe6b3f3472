#include "analysis/render/html/stacked.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "analysis/render/html/drawing.hpp"
#include "analysis/render/html/scale.hpp"
#include "analysis/render/number.hpp"

namespace msgstat::analysis::html {
namespace {

using render::significant;

constexpr double kNames = 200;
constexpr double kBars = 820;
constexpr double kTop = 30;
constexpr double kRow = 30;
constexpr double kBar = 20;
constexpr double kGap = 1;
constexpr double kThinnest = 2;  // of a part that is thinner nothing is seen
constexpr const char* kRest = "the rest";
constexpr double kInNumbers = 0.001;  // of its bar

std::string shown(double value) { return significant(value, 3); }

// The thin parts of a bar as one.
Bar folded(const Bar& bar, const Scale& scale) {
  Bar thick{.name = bar.name, .parts = {}, .note = bar.note};
  double rest = 0;
  for (const Part& part : bar.parts) {
    if (scale.at(part.value) - scale.at(0) >= kThinnest)
      thick.parts.push_back(part);
    else
      rest += part.value;
  }
  if (scale.at(rest) - scale.at(0) >= kThinnest)
    thick.parts.push_back({.label = kRest, .value = rest, .classes = "call rest"});
  return thick;
}

void draw_bar(Drawing& drawing, const Bar& bar, double total, const Stack& stack,
              const Scale& scale, double y) {
  const double base = y + kBar / 2 + 4;
  drawing.text({kNames - 14, base}, fitted(bar.name, kNames - 20), "label end", bar.name);
  double from = 0;
  for (const Part& part : bar.parts) {
    const double left = scale.at(from);
    from += part.value;
    const double width = scale.at(from) - left;
    drawing.rectangle(
        {left, y}, std::max(width - kGap, kGap), kBar, part.classes,
        fmt::format("{}: {} {} {}", bar.name, part.label, significant(part.value, 4), stack.unit));
    if (text_width(part.label, 12) + 12 < width)
      drawing.text({left + (width - kGap) / 2, base}, part.label, "on middle " + part.classes);
  }
  const double end = scale.at(total) + 10;
  drawing.text({end, base}, shown(total), "value strong");
  if (!bar.note.empty())
    drawing.text({end + text_width(shown(total)) + 14, base},
                 fitted(bar.note, kPictureWidth - end - text_width(shown(total)) - 14, 12), "tick",
                 bar.note);
}

Markup picture(const Stack& stack, const std::vector<Bar>& bars, const Scale& scale) {
  const double bottom = kTop + static_cast<double>(bars.size()) * kRow;
  Drawing drawing;
  for (const double tick : scale.ticks()) {
    drawing.line({scale.at(tick), kTop - 4}, {scale.at(tick), bottom}, "grid");
    drawing.text({scale.at(tick), kTop - 10}, scale.label(tick), "tick middle");
  }
  drawing.text({kNames - 14, kTop - 10}, stack.axis, "tick end");
  double y = kTop + (kRow - kBar) / 2;
  for (std::size_t i = 0; i < bars.size(); ++i, y += kRow)
    draw_bar(drawing, bars[i], stack.bars[i].total(), stack, scale, y);
  return drawing.finish(bottom + 6, stack.title, stack.reading);
}

// By colour, and of one colour the fullest shade first: "call receive", "call receive shade-1".
std::pair<std::size_t, std::string> place_of(const Part& part) {
  static constexpr std::array<std::string_view, 11> kColors = {
      "user", "kernel", "receive", "send", "wait",   "control",
      "lock", "memory", "other",   "rest", "waiting"};
  std::string_view color = part.classes;
  color.remove_prefix(std::min(color.find(' ') + 1, color.size()));
  color = color.substr(0, color.find(' '));
  return {
      static_cast<std::size_t>(std::find(kColors.begin(), kColors.end(), color) - kColors.begin()),
      part.classes};
}

std::vector<std::string> ordered_labels(const Stack& stack) {
  std::vector<const Part*> parts;
  for (const Bar& bar : stack.bars)
    for (const Part& part : bar.parts)
      if (std::none_of(parts.begin(), parts.end(),
                       [&part](const Part* one) { return one->label == part.label; }))
        parts.push_back(&part);
  std::stable_sort(parts.begin(), parts.end(),
                   [](const Part* a, const Part* b) { return place_of(*a) < place_of(*b); });
  std::vector<std::string> labels;
  labels.reserve(parts.size());
  for (const Part* part : parts) labels.push_back(part->label);
  return labels;
}

// Of what can be seen.
Markup legend_of(const Stack& stack, const std::vector<Bar>& bars) {
  std::vector<std::string> labels = ordered_labels(stack);
  labels.emplace_back(kRest);
  Markup entries;
  for (const std::string& label : labels) {
    const Part* seen = nullptr;
    for (const Bar& bar : bars)
      for (const Part& part : bar.parts)
        if (part.label == label) seen = &part;
    if (seen != nullptr) entries += legend_entry(seen->classes, label);
  }
  return legend(entries);
}

NumberTable numbers_of(const Stack& stack) {
  std::vector<std::string> labels = ordered_labels(stack);
  std::erase_if(labels, [&stack](const std::string& label) {
    return std::none_of(stack.bars.begin(), stack.bars.end(), [&label](const Bar& bar) {
      return std::any_of(bar.parts.begin(), bar.parts.end(), [&](const Part& part) {
        return part.label == label && part.value >= kInNumbers * bar.total();
      });
    });
  });
  NumberTable numbers{
      .caption = stack.title + ", " + stack.axis, .headings = {"", "all"}, .rows = {}};
  numbers.headings.insert(numbers.headings.end(), labels.begin(), labels.end());
  for (const Bar& bar : stack.bars) {
    std::vector<std::string> cells = {bar.name, significant(bar.total(), 4)};
    for (const std::string& label : labels) {
      double value = 0;
      for (const Part& part : bar.parts) value += part.label == label ? part.value : 0;
      cells.push_back(significant(value, 4));
    }
    numbers.rows.push_back(std::move(cells));
  }
  return numbers;
}

}  // namespace

double Bar::total() const {
  double total = 0;
  for (const Part& part : parts) total += part.value;
  return total;
}

Figure draw_stack(const Stack& stack) {
  double most = 0;
  for (const Bar& bar : stack.bars) most = std::max(most, bar.total());
  const Scale scale = Scale::linear(0, most, kNames, kBars);
  std::vector<Bar> bars;
  bars.reserve(stack.bars.size());
  for (const Bar& bar : stack.bars) bars.push_back(folded(bar, scale));
  Figure figure;
  figure.title = stack.title;
  figure.reading = stack.reading;
  figure.legend = legend_of(stack, bars);
  figure.picture = picture(stack, bars, scale);
  figure.numbers = numbers_of(stack);
  return figure;
}

}  // namespace msgstat::analysis::html
