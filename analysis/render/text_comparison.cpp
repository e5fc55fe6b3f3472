#include "analysis/render/text_comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/printable.hpp"
#include "analysis/render/layout.hpp"
#include "analysis/render/number.hpp"

namespace msgstat::analysis::render {
namespace {

constexpr std::size_t kMetricWidth = 20;
constexpr std::size_t kArmWidth = 17;
constexpr std::size_t kRatioWidth = 8;
constexpr std::size_t kIntervalWidth = 15;
constexpr std::size_t kChanceWidth = 7;
constexpr std::size_t kPointsIndent = 6;

// Of a small number fewer figures: more would be noise and take the place of others.
std::string shown(double number) {
  const double size = std::fabs(number);
  return significant(number, size < 0.01 ? 2 : size < 0.1 ? 3 : 4);
}

// "3.1e-5"
std::string scientific(double number) {
  if (number == 0) return "0";
  std::string text = fmt::format("{:.1e}", number);
  if (const std::size_t zero = text.find("e-0"); zero != std::string::npos) text.erase(zero + 2, 1);
  return text;
}

std::string mean_and_deviation(const ArmPoints& points) {
  if (!points.summary) return "-";
  const double number = points.summary->mean;
  const auto& deviation = points.summary->deviation;
  if (number == 0) return "0";  // in each run: none is negative
  if (std::fabs(number) < 0.001)
    return scientific(number) + (deviation ? " ± " + scientific(*deviation) : "");
  std::string mean = shown(number);
  if (!deviation) return mean;
  // To the last place of the mean.
  const std::size_t point = mean.find('.');
  const int decimals = point == std::string::npos ? 0 : static_cast<int>(mean.size() - point - 1);
  return mean + " ± " + grouped(*deviation, decimals);
}

std::string chance(const std::optional<double>& p) { return p ? probability(*p) : "-"; }

std::string heading(const ArmComparison& arms, std::string_view what) {
  std::string line = "  " + pad_right(what, kMetricWidth);
  for (const std::string& name : arms.names)
    line += pad_left(shortened(printable(name), kArmWidth - 2), kArmWidth);
  line += pad_left("ratio", kRatioWidth) + pad_left("95 %", kIntervalWidth) +
          pad_left("p", kChanceWidth) + pad_left("perm.", kChanceWidth) +
          pad_left("Holm", kChanceWidth);
  return line;
}

std::string row(const Comparison& comparison) {
  std::string name = printable(comparison.metric);
  if (!comparison.unit.empty()) name += ", " + printable(comparison.unit);
  std::string line = "  " + pad_right(name, kMetricWidth);
  for (const ArmPoints& points : comparison.arms)
    line += pad_left(mean_and_deviation(points), kArmWidth);
  line += pad_left(comparison.ratio ? significant(*comparison.ratio, 3) : "-", kRatioWidth);
  const auto& interval = comparison.ratio_ci95;
  line +=
      pad_left(interval ? significant(interval->low, 3) + "–" + significant(interval->high, 3) : "",
               kIntervalWidth);
  for (const auto& p : {comparison.p, comparison.permutation_p, comparison.corrected_p})
    line += pad_left(chance(p), kChanceWidth);
  return line + "\n";
}

std::string all_points(const std::string& name, const ArmPoints& points, std::size_t width) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < points.values.size(); ++i) {
    const bool is_outlier =
        std::find(points.outliers.begin(), points.outliers.end(), i) != points.outliers.end();
    values.push_back(shown(points.values[i]) + (is_outlier ? "*" : ""));
  }
  return wrapped(std::string(kPointsIndent, ' ') + pad_right(name, width) + "  ", values, " ",
                 kPointsIndent + width + 2);
}

std::string remark(const std::string& sentence) {
  return wrapped_words(std::string(kPointsIndent, ' '), sentence, kPointsIndent + 2);
}

std::string details(const ArmComparison& arms, const Comparison& comparison) {
  std::array<std::string, 2> names;
  std::size_t width = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    names[i] = shortened(printable(arms.names[i]), kArmWidth);
    width = std::max(width, display_width(names[i]));
  }
  std::string text;
  for (std::size_t i = 0; i < 2; ++i) text += all_points(names[i], comparison.arms[i], width);
  for (std::size_t i = 0; i < 2; ++i)
    if (const auto& modes = comparison.arms[i].modes)
      text += remark(fmt::format(
          "two modes in {}: {} runs about {}, {} about {}; its mean stands for neither", names[i],
          modes->in_low, significant(modes->low, 3), modes->in_high, significant(modes->high, 3)));
  if (const auto& difference = comparison.difference_ci95)
    text += remark(fmt::format("0 in some runs, so the test is of the difference: {} to {}",
                               significant(difference->low, 3), significant(difference->high, 3)));
  else if (!comparison.note.empty())
    text += remark(comparison.note);
  return text;
}

struct Section {
  Verdict verdict;
  const char* heading;
};
constexpr Section kSections[] = {{Verdict::kChanged, "changed"},
                                 {Verdict::kUnchanged, "did not change"},
                                 {Verdict::kUndecided, "cannot be told apart"}};

std::string method(const ArmComparison& arms) {
  const bool blocks = arms.pairing == Pairing::kBlocks;
  std::string text =
      blocks ? fmt::format("{} pairs of runs, side by side in random order", arms.pairs)
             : fmt::format("{} and {} runs, measured apart", arms.runs[0], arms.runs[1]);
  text += blocks ? ": paired t on logarithms of ratios." : ": Welch's t on logarithms.";
  if (arms.tested > 0)
    text += fmt::format(
        " Mean ± deviation; * an outlier, counted like all; perm.: p of a permutation test; Holm: "
        "p "
        "corrected for {} tests, however they depend on each other.",
        arms.tested);
  return text;
}

// Those that were not tested, by the reason.
std::string untested(const ArmComparison& arms) {
  std::vector<std::pair<std::string, std::vector<std::string>>> reasons;
  for (const Comparison& comparison : arms.quantities) {
    if (comparison.verdict != Verdict::kUntested) continue;
    auto found = std::find_if(reasons.begin(), reasons.end(),
                              [&](const auto& reason) { return reason.first == comparison.note; });
    if (found == reasons.end())
      found = reasons.insert(found, {comparison.note, std::vector<std::string>()});
    found->second.push_back(printable(comparison.metric));
  }
  std::string text;
  for (const auto& [reason, names] : reasons)
    text += "\n" + wrapped("   not compared, " + reason + ": ", names, ", ", 5);
  return text;
}

}  // namespace

std::string title_of(const ArmComparison& arms) {
  return fmt::format("{}: {} against {}", printable(arms.label), printable(arms.names[1]),
                     printable(arms.names[0]));
}

std::string text_of_comparison(const ArmComparison& arms, const TextOptions& options) {
  const Emphasis emphasis{options.color};
  std::string text =
      " " + emphasis.bold(title_of(arms)) + "\n" + wrapped_words("   ", method(arms), 3);
  for (const Section& section : kSections) {
    bool headed = false;
    for (const Comparison& comparison : arms.quantities) {
      if (comparison.verdict != section.verdict) continue;
      if (!headed) text += "\n" + emphasis.bold(heading(arms, section.heading)) + "\n";
      headed = true;
      text += row(comparison) + details(arms, comparison);
    }
  }
  return text + untested(arms);
}

std::string text_of_comparisons(const std::vector<ArmComparison>& comparisons,
                                const std::vector<LimitResult>& limits,
                                const TextOptions& options) {
  std::string text;
  for (const ArmComparison& arms : comparisons)
    if (arms.tested > 0) text += "\n" + text_of_comparison(arms, options) + "\n";
  for (const ArmComparison& arms : comparisons)
    text += "\n" + text_of_conclusion(arms, options) + text_of_arm_findings(arms, options);
  if (!limits.empty()) text += "\n";
  for (const LimitResult& result : limits) {
    const std::string change =
        result.ratio ? signed_percent(*result.ratio - 1) : std::string("no ratio");
    text += wrapped_words(
        result.is_exceeded ? " FAILED  " : " passed  ",
        fmt::format("{} ({}): {}, p {} of being no more than that", printable(result.limit.text),
                    result.where, change, probability(result.p)),
        9);
  }
  return text;
}

}  // namespace msgstat::analysis::render
