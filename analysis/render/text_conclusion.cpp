#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/printable.hpp"
#include "analysis/render/layout.hpp"
#include "analysis/render/number.hpp"
#include "analysis/render/text_comparison.hpp"

namespace msgstat::analysis::render {
namespace {

constexpr std::size_t kMostNamed = 8;
constexpr double kFoldFrom = 1.5;  // from here on a change is so many fold, not so many percent

using Chosen = std::vector<const Comparison*>;

// Throughput has a sentence of its own. System calls, counters, CPU time, latency, in each what
// changed most. `headlines`, or what is only a part of one.
Chosen choose(const ArmComparison& arms, Verdict verdict, bool throughput, bool headlines = true) {
  Chosen chosen;
  for (const Comparison& comparison : arms.quantities)
    if (comparison.verdict == verdict && comparison.is_headline == headlines &&
        (comparison.kind == QuantityKind::kThroughput) == throughput)
      chosen.push_back(&comparison);
  std::stable_sort(chosen.begin(), chosen.end(),
                   [](const Comparison* a, const Comparison* b) { return a->kind > b->kind; });
  return chosen;
}

std::string value(const Comparison& comparison, std::size_t arm, int figures = 3) {
  std::string text = significant(comparison.arms[arm].summary->mean, figures);
  if (!comparison.unit.empty()) text += " " + printable(comparison.unit);
  return text;
}

// "falls 104-fold", "rises by 12 %".
std::string movement(const Comparison& comparison) {
  if (!comparison.ratio) return "appears";
  const double ratio = *comparison.ratio;
  if (ratio <= 0) return "vanishes";
  const double size = std::max(ratio, 1 / ratio);
  const char* direction = ratio >= 1 ? "rises" : "falls";
  if (size >= kFoldFrom) return fmt::format("{} {}-fold", direction, significant(size, 3));
  return fmt::format("{} by {} %", direction, significant(std::fabs(ratio - 1) * 100, 2));
}

std::string change(const Comparison& comparison) {
  return fmt::format("{} {}, from {} to {}", printable(comparison.metric), movement(comparison),
                     value(comparison, 0), value(comparison, 1));
}

template <typename Say>
std::string listed(const Chosen& chosen, const char* between, Say say) {
  std::string text;
  for (std::size_t i = 0; i < std::min(chosen.size(), kMostNamed); ++i)
    text += (i == 0 ? "" : between) + say(*chosen[i]);
  if (chosen.size() > kMostNamed)
    text += fmt::format("{}and {} more", between, chosen.size() - kMostNamed);
  return text;
}

std::string more(const Comparison& comparison) {
  if (!comparison.more_runs) return "no number of runs would do";
  return fmt::format("about {} more would do",
                     grouped(static_cast<double>(*comparison.more_runs), 0));
}

std::string undecided(const Comparison& comparison) {
  std::string text = printable(comparison.metric);
  if (comparison.ratio_ci95)
    text += fmt::format(" (ratio {} to {}; {})", significant(comparison.ratio_ci95->low, 3),
                        significant(comparison.ratio_ci95->high, 3), more(comparison));
  else
    text += fmt::format(" ({})", more(comparison));
  return text;
}

std::string runs_of(const ArmComparison& arms) {
  if (arms.pairing == Pairing::kBlocks) return fmt::format("{} pairs of runs", arms.pairs);
  return fmt::format("{} and {} runs", arms.runs[0], arms.runs[1]);
}

std::string throughput(const ArmComparison& arms) {
  std::string text;
  for (const Comparison* rate : choose(arms, Verdict::kChanged, true)) {
    text += change(*rate);
    if (const auto& ci = rate->ratio_ci95)
      text += fmt::format(" (ratio {}, 95 % {} to {})", significant(*rate->ratio, 3),
                          significant(ci->low, 3), significant(ci->high, 3));
    text += ". ";
  }
  for (const Comparison* rate : choose(arms, Verdict::kUnchanged, true))
    text += fmt::format("{} stays at {}, to within {:.0f} %. ", printable(rate->metric),
                        value(*rate, 0), kMargin * 100);
  for (const Comparison* rate : choose(arms, Verdict::kUndecided, true))
    text += fmt::format("With {} it cannot be told whether {} changes. ", runs_of(arms),
                        undecided(*rate));
  return text;
}

std::string warnings(const ArmComparison& arms) {
  Chosen bimodal;
  for (const Comparison& comparison : arms.quantities)
    if (comparison.verdict != Verdict::kUntested &&
        (comparison.arms[0].modes || comparison.arms[1].modes))
      bimodal.push_back(&comparison);
  std::string text;
  if (!bimodal.empty())
    text += "Beware: over the runs there are two modes of " +
            listed(bimodal, ", ", [](const Comparison& one) { return printable(one.metric); }) +
            ", which a mean and its interval do not describe. ";
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& steadiness = arms.steadiness[i];
    if (steadiness && steadiness->is_unsteady())
      text += fmt::format("{} was in no steady state: its rate moves by {} within a run. ",
                          printable(arms.names[i]), signed_percent(steadiness->drift));
  }
  return text;
}

}  // namespace

std::string conclusion(const ArmComparison& arms) {
  std::string text;
  if (arms.tested == 0) {
    text = arms.pairing == Pairing::kBlocks && arms.pairs == 0
               ? "there is no pair of runs to compare."
               : "one run of each says nothing about chance; more are needed, --repeat 10.";
  } else {
    text = throughput(arms);
    Chosen changed = choose(arms, Verdict::kChanged, false);
    const bool is_quiet = changed.empty() && choose(arms, Verdict::kChanged, true).empty();
    if (is_quiet) changed = choose(arms, Verdict::kChanged, false, false);
    const Chosen unchanged = choose(arms, Verdict::kUnchanged, false);
    const Chosen open = choose(arms, Verdict::kUndecided, false);
    if (!changed.empty()) text += "Changed: " + listed(changed, "; ", change) + ". ";
    if (!unchanged.empty())
      text += "Did not change: " +
              listed(unchanged, ", ",
                     [](const Comparison& one) {
                       return printable(one.metric) + " (" + value(one, 0, 4) + ")";
                     }) +
              ". ";
    if (is_quiet && changed.empty()) text += "Nothing changed significantly. ";
    if (!open.empty())
      text += fmt::format("Cannot be told apart with {}: ", runs_of(arms)) +
              listed(open, ", ", undecided) + ". ";
    text += warnings(arms);
    text += fmt::format("({} tests, Holm, {:.0f} % over all.)", arms.tested, kLevel * 100);
  }
  return text;
}

std::string text_of_conclusion(const ArmComparison& arms, const TextOptions& options) {
  const Emphasis emphasis{options.color};
  return wrapped_words(" " + emphasis.bold(title_of(arms)) + ": ", conclusion(arms), 3);
}

}  // namespace msgstat::analysis::render
