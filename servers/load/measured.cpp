#include <algorithm>

#include "servers/load/published.hpp"

namespace load {
namespace {

using Counts = std::vector<std::uint64_t>;

void add_difference(Counts& sum, const Counts& open, const Counts& close) {
  sum.resize(std::max(sum.size(), close.size()));
  for (std::size_t i = 0; i < close.size(); ++i) sum[i] += close[i] - open[i];
}

std::optional<LatencyUs> latency_of(const std::vector<std::uint64_t>& counts) {
  const auto us = [&counts](double quantile) -> std::optional<double> {
    const auto ns = quantile_ns(counts, quantile);
    if (!ns) return std::nullopt;
    return static_cast<double>(*ns) / 1e3;
  };
  if (!us(1)) return std::nullopt;
  return LatencyUs{*us(0.5), *us(0.9), *us(0.99), *us(0.999), *us(1)};
}

std::optional<Fairness> fairness_of(std::vector<std::uint64_t> counts) {
  if (counts.empty()) return std::nullopt;
  std::sort(counts.begin(), counts.end());
  const std::size_t half = counts.size() / 2;
  const auto at = [&counts](std::size_t i) { return static_cast<double>(counts[i]); };
  const double median = counts.size() % 2 == 1 ? at(half) : (at(half - 1) + at(half)) / 2;
  return Fairness{at(0), median, at(counts.size() - 1)};
}

}  // namespace

Measured over(const std::vector<Interval>& intervals) {
  Measured result;
  Counts latency;
  Counts per_connection;
  for (const auto& [open, close] : intervals) {
    result.seconds += std::chrono::duration<double>(close.time - open.time).count();
    result.messages += close.messages - open.messages;
    result.bytes += (close.messages - open.messages) * close.message_bytes;
    for (std::size_t kind = 0; kind < kErrorKinds; ++kind)
      result.errors[kind] += close.errors[kind] - open.errors[kind];
    add_difference(latency, open.latency, close.latency);
    add_difference(per_connection, open.per_connection, close.per_connection);
  }
  result.latency_us = latency_of(latency);
  result.fairness = fairness_of(std::move(per_connection));
  return result;
}

Measured between(const Snapshot& open, const Snapshot& close) { return over({{open, close}}); }

}  // namespace load
