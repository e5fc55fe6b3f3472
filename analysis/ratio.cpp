#include "analysis/ratio.hpp"

#include <algorithm>

namespace msgstat::analysis {

std::optional<WindowEnds> window_ends(const Windows& windows) {
  WindowEnds ends;
  for (const Run* run : windows) {
    if (!run->unit) return std::nullopt;
    ends.units += static_cast<double>(run->unit->count);
    ends.unit_slack += static_cast<double>(run->unit->uncertainty);
    if (run->load) ends.unit_slack += static_cast<double>(run->load->connections);
    if (!run->loss) continue;
    const Loss& loss = *run->loss;
    ends.call_slack += static_cast<double>(
        std::max(loss.in_flight_open + loss.on_cpu_open, loss.in_flight_close + loss.on_cpu_close));
  }
  return ends.unit_slack < ends.units ? std::optional(ends) : std::nullopt;
}

Ratio ratio_per_unit(double calls, const WindowEnds& ends) {
  const double value = calls / ends.units;
  return {.value = value,
          .bound = (ends.call_slack + value * ends.unit_slack) / (ends.units - ends.unit_slack)};
}

}  // namespace msgstat::analysis
