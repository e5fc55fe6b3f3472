#include "analysis/steadiness.hpp"

#include <cmath>
#include <vector>

#include "analysis/stats/summary.hpp"

namespace msgstat::analysis {
namespace {

constexpr std::size_t kFewestSlices = 4;
constexpr double kTolerated = 0.05;

std::optional<double> drift_of(const Windows& windows) {
  std::vector<double> rates;
  for (const Run* run : windows)
    rates.insert(rates.end(), run->window.slices_per_s.begin(), run->window.slices_per_s.end());
  if (rates.size() < kFewestSlices) return std::nullopt;
  const auto n = static_cast<double>(rates.size());
  const double middle = (n - 1) / 2;
  double sum = 0;
  double products = 0;
  double squares = 0;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const double at = static_cast<double>(i) - middle;
    sum += rates[i];
    products += at * rates[i];
    squares += at * at;
  }
  if (sum <= 0) return std::nullopt;
  return products / squares * (n - 1) / (sum / n);
}

}  // namespace

bool Steadiness::is_unsteady() const {
  return half_width && std::fabs(drift) > *half_width && std::fabs(drift) > kTolerated;
}

std::optional<Steadiness> steadiness(const Group& group) {
  std::vector<double> drifts;
  for (const Repeat& repeat : group.repeats)
    if (const auto drift = drift_of(group.unobserved(repeat))) drifts.push_back(*drift);
  const auto summary = stats::summarize(drifts);
  if (!summary) return std::nullopt;
  return Steadiness{.drift = summary->mean, .half_width = summary->half_width, .runs = summary->n};
}

}  // namespace msgstat::analysis
