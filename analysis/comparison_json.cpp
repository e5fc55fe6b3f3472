#include "analysis/comparison_json.hpp"

#include "analysis/printable.hpp"

namespace msgstat::analysis {
namespace {

template <typename Number>
Json number(const std::optional<Number>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json interval(const std::optional<Interval>& value) {
  return value ? Json::array({value->low, value->high}) : Json(nullptr);
}

Json modes(const std::optional<stats::Modes>& modes) {
  if (!modes) return nullptr;
  return {{"low", modes->low},
          {"high", modes->high},
          {"in_low", modes->in_low},
          {"in_high", modes->in_high}};
}

Json arm_json(const ArmPoints& points) {
  return {{"points", points.values},
          {"mean", points.summary ? Json(points.summary->mean) : Json(nullptr)},
          {"deviation", points.summary ? number(points.summary->deviation) : Json(nullptr)},
          {"modes", modes(points.modes)},
          {"outliers", points.outliers}};
}

Json comparison_json(const ArmComparison& arms, const Comparison& comparison) {
  return {{"label", valid_utf8(arms.label)},
          {"metric", valid_utf8(comparison.metric)},
          {"unit", valid_utf8(comparison.unit)},
          {"arms", Json::array({valid_utf8(arms.names[0]), valid_utf8(arms.names[1])})},
          {"paired", arms.pairing == Pairing::kBlocks},
          {"n", Json::array({comparison.tested[0].size(), comparison.tested[1].size()})},
          {"ratio", number(comparison.ratio)},
          {"ci95", interval(comparison.ratio_ci95)},
          {"difference_ci95", interval(comparison.difference_ci95)},
          {"p", number(comparison.p)},
          {"permutation_p", number(comparison.permutation_p)},
          {"holm_p", number(comparison.corrected_p)},
          {"holm_tests", arms.tested},
          {"verdict", verdict_name(comparison.verdict)},
          {"more_runs", number(comparison.more_runs)},
          {"note", valid_utf8(comparison.note)},
          {"of_arms", Json::array({arm_json(comparison.arms[0]), arm_json(comparison.arms[1])})}};
}

}  // namespace

Json comparisons_json(const std::vector<ArmComparison>& comparisons) {
  Json list = Json::array();
  for (const ArmComparison& arms : comparisons)
    for (const Comparison& comparison : arms.quantities)
      list.push_back(comparison_json(arms, comparison));
  return list;
}

Json arm_findings_json(const std::vector<ArmComparison>& comparisons) {
  Json list = Json::array();
  for (const ArmComparison& arms : comparisons)
    for (const ArmFinding& one : arms.findings.only)
      list.push_back({{"label", valid_utf8(arms.label)},
                      {"arms", Json::array({valid_utf8(arms.names[0]), valid_utf8(arms.names[1])})},
                      {"only_in", valid_utf8(arms.names[one.arm])},
                      {"id", one.finding.id},
                      {"title", valid_utf8(one.finding.title)},
                      {"runs_with", Json::array({one.runs[0], one.runs[1]})},
                      {"runs_judged", Json::array({one.of[0], one.of[1]})}});
  return list;
}

}  // namespace msgstat::analysis
