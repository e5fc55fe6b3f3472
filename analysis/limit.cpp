#include "analysis/limit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "analysis/printable.hpp"
#include "analysis/stats/holm.hpp"
#include "tracer/error.hpp"
#include "tracer/syscall_name.hpp"

namespace msgstat::analysis {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "+10%" is 0.1; nothing for what is no such thing.
std::optional<double> parse_change(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text = trimmed(text.substr(0, text.size() - 1));
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  double percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  constexpr double kLeast = -100;
  constexpr double kMost = 1e6;
  return percent > kLeast && percent <= kMost ? std::optional(percent / 100) : std::nullopt;
}

std::string known(const ArmComparison& arms) {
  std::string names;
  for (const Comparison& one : arms.quantities)
    names += (names.empty() ? "" : ", ") + printable(one.metric);
  return names;
}

// "futex/msg" where other system calls were counted, but this one never made.
bool is_call_never_made(const ArmComparison& arms, const std::string& metric) {
  const std::size_t slash = metric.rfind('/');
  if (slash == std::string::npos) return false;
  const std::string per = metric.substr(slash);
  const bool counted =
      std::any_of(arms.quantities.begin(), arms.quantities.end(),
                  [&per](const Comparison& one) { return one.metric == "syscalls" + per; });
  return counted && tracer::syscall_number(metric.substr(0, slash)).has_value();
}

std::string title(const ArmComparison& arms) {
  return fmt::format("{}: {} against {}", printable(arms.label), printable(arms.names[1]),
                     printable(arms.names[0]));
}

LimitResult check(const Limit& limit, const ArmComparison& arms) {
  LimitResult result{.limit = limit, .where = title(arms), .ratio = {}};
  const auto found =
      std::find_if(arms.quantities.begin(), arms.quantities.end(),
                   [&](const Comparison& one) { return one.metric == limit.metric; });
  if (found == arms.quantities.end()) {
    if (is_call_never_made(arms, limit.metric)) return result;
    throw UsageError(
        fmt::format("{}: nothing is called '{}'", title(arms), printable(limit.metric)),
        "there are: " + known(arms));
  }
  result.ratio = found->ratio;
  const auto is_zero = [](double point) { return point == 0; };
  const bool all_zero = std::all_of(found->tested[0].begin(), found->tested[0].end(), is_zero) &&
                        std::all_of(found->tested[1].begin(), found->tested[1].end(), is_zero);
  const auto p = exceedance_p(*found, arms.pairing, limit.change, limit.more);
  if (!p)
    throw UsageError(fmt::format("{}: '{}' cannot be tested: {}", title(arms),
                                 printable(limit.metric), found->note));
  if (!all_zero) result.p = *p;
  return result;
}

}  // namespace

Limit parse_limit(std::string_view text) {
  const std::size_t at = text.find_last_of("<>");
  const auto change =
      at == std::string_view::npos ? std::nullopt : parse_change(trimmed(text.substr(at + 1)));
  const std::string_view metric = trimmed(text.substr(0, at));
  if (!change || metric.empty() || metric.find_first_of("<>") != std::string_view::npos)
    throw UsageError(fmt::format("'{}' is no limit", printable(text)),
                     "write METRIC > +N% or METRIC < -N%, as in 'futex/msg > +10%'");
  return {.text = std::string(trimmed(text)),
          .metric = std::string(metric),
          .more = text[at] == '>',
          .change = *change};
}

std::vector<LimitResult> check_limits(const std::vector<Limit>& limits,
                                      const std::vector<ArmComparison>& comparisons) {
  std::vector<LimitResult> results;
  std::vector<double> p;
  for (const Limit& limit : limits)
    for (const ArmComparison& arms : comparisons) {
      results.push_back(check(limit, arms));
      p.push_back(results.back().p);
    }
  const std::vector<double> corrected = stats::holm(p);
  for (std::size_t i = 0; i < results.size(); ++i) {
    results[i].p = corrected[i];
    results[i].is_exceeded = corrected[i] < kLevel;
  }
  return results;
}

}  // namespace msgstat::analysis
