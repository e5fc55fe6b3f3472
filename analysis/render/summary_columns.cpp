#include "analysis/render/summary_columns.hpp"

#include <functional>
#include <iterator>
#include <optional>

#include "analysis/metric.hpp"
#include "analysis/render/number.hpp"
#include "analysis/stats/summary.hpp"

namespace msgstat::analysis::render {
namespace {

std::string shown(const std::optional<stats::Summary>& value, double scale, int decimals) {
  return value ? grouped(value->mean * scale, decimals) : "-";
}

template <double LatencyUs::*kPercentile>
std::string latency_cell(const Group& group) {
  const auto mean = mean_of(group, [&group](const Repeat& repeat) {
    return latency_us(group.unobserved(repeat), kPercentile);
  });
  return shown(mean, 1, mean && mean->mean < 100 ? 1 : 0);
}

std::string rate_cell(const Group& group) { return shown(throughput(group), 1e-3, 1); }

std::string rate_interval_cell(const Group& group) {
  const auto mean = throughput(group);
  return mean && mean->half_width ? "± " + grouped(*mean->half_width * 1e-3, 1) : "";
}

template <std::optional<double> (*kTotal)(const Windows&)>
std::string cpu_cell(const Group& group) {
  return shown(mean_of(group,
                       [&group](const Repeat& repeat) {
                         const Windows& windows = group.unobserved(repeat);
                         return per_unit(kTotal(windows), windows);
                       }),
               1e6, 2);
}

std::string switches_cell(const Group& group) {
  return shown(mean_of(group,
                       [](const Repeat& repeat) {
                         return per_unit(counter(repeat.measured, "context-switches"),
                                         repeat.measured);
                       }),
               1, 3);
}

std::string syscalls_cell(const Group& group) {
  return shown(mean_of(group,
                       [](const Repeat& repeat) {
                         return per_unit(all_syscalls(repeat.measured), repeat.measured);
                       }),
               1, 3);
}

std::string observer_cell(const Group& group) {
  const auto effect = mean_of(group, observer_effect);
  return effect ? signed_percent(effect->mean) : "-";
}

const SummaryColumn kBeforeInterval[] = {{"k msg/s", "", rate_cell}};
const SummaryColumn kInterval[] = {{"± 95 %", "", rate_interval_cell}};
const SummaryColumn kRest[] = {
    {"user", "us/msg", cpu_cell<user_s>},         {"sys", "us/msg", cpu_cell<system_s>},
    {"p50", "us", latency_cell<&LatencyUs::p50>}, {"p99", "us", latency_cell<&LatencyUs::p99>},
    {"switches", "/msg", switches_cell},          {"syscalls", "/msg", syscalls_cell},
    {"observer", "effect", observer_cell},
};

}  // namespace

std::vector<SummaryColumn> summary_columns(bool repeated) {
  std::vector<SummaryColumn> columns(std::begin(kBeforeInterval), std::end(kBeforeInterval));
  if (repeated) columns.insert(columns.end(), std::begin(kInterval), std::end(kInterval));
  columns.insert(columns.end(), std::begin(kRest), std::end(kRest));
  return columns;
}

}  // namespace msgstat::analysis::render
