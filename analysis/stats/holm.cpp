#include "analysis/stats/holm.hpp"

#include <algorithm>
#include <numeric>

namespace msgstat::analysis::stats {

std::vector<double> holm(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [p](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> corrected(p.size());
  double least = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto remaining = static_cast<double>(p.size() - rank);
    least = std::max(least, std::min(1.0, remaining * p[order[rank]]));
    corrected[order[rank]] = least;
  }
  return corrected;
}

}  // namespace msgstat::analysis::stats
