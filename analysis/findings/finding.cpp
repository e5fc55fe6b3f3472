#include "analysis/findings/finding.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include "analysis/findings/rules.hpp"

namespace msgstat::analysis {
std::size_t severity_rank(const Finding& finding) {
  static constexpr std::array<std::string_view, 4> kSeverities = {"high", "medium", "low", "info"};
  return static_cast<std::size_t>(
      std::find(kSeverities.begin(), kSeverities.end(), finding.severity) - kSeverities.begin());
}

std::span<const Rule> rules() {
  static const std::array table = {kGilConvoy,        kContendedLock,     kMmapChurn,
                                   kThunderingHerd,   kFailedWaits,       kWastedWakes,
                                   kSpinning,         kConditionHandOffs, kSemaphoreWaits,
                                   kBarrierWaits,     kTimedWaitPolling,  kSpeculativeReceives,
                                   kSmallSends,       kSingleEvents,      kPageFaults,
                                   kCrossCpuHandOffs, kMigrations,        kRunnableWaiting,
                                   kPreemption,       kIdleParking,       kBlindSpots};
  return table;
}

std::vector<Finding> find_findings(const Run& run) {
  std::vector<Finding> findings;
  if (!run.window.measured) return findings;
  for (const Rule& rule : rules()) {
    std::vector<Finding> found = rule.judge(run);
    for (Finding& finding : found) finding.id = rule.id;
    std::move(found.begin(), found.end(), std::back_inserter(findings));
  }
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return severity_rank(a) < severity_rank(b);
  });
  return findings;
}

}  // namespace msgstat::analysis
