#include "analysis/render/benchmark_json.hpp"

#include "analysis/group.hpp"
#include "analysis/json_value.hpp"
#include "analysis/metric.hpp"
#include "analysis/printable.hpp"
#include "analysis/quantity.hpp"

namespace msgstat::analysis {
namespace {

// A repeat without units has one iteration: its windows. One whose CPU time is not known is left
// out, as compare.py wants a number there.
Json benchmark(const Group& group, const Repeat& repeat, std::size_t index,
               const std::vector<Quantity>& quantities) {
  constexpr double kNsPerSecond = 1e9;
  const Windows& windows = group.unobserved(repeat);
  const std::string name =
      valid_utf8(group.arm.empty() ? group.label : group.label + "/" + group.arm);
  const double iterations = units(windows).value_or(1);
  const double divisor = iterations > 0 ? iterations : 1;
  Json json = {{"name", name},
               {"family_index", 0},
               {"per_family_instance_index", 0},
               {"run_name", name},
               {"run_type", "iteration"},
               {"repetitions", group.repeats.size()},
               {"repetition_index", index},
               {"threads", 1},
               {"iterations", iterations},
               {"real_time", seconds(windows).value_or(0) * kNsPerSecond / divisor},
               {"cpu_time", (*user_s(windows) + *system_s(windows)) * kNsPerSecond / divisor},
               {"time_unit", "ns"}};
  for (const Quantity& quantity : quantities)
    if (const auto value = point_of(quantity, group, repeat))
      json[valid_utf8(quantity.name)] = *value;
  return json;
}

}  // namespace

std::string render_benchmark_json(const Recording& recording) {
  Json benchmarks = Json::array();
  for (const Group& group : group_runs(recording)) {
    const std::vector<Quantity> quantities = quantities_of({&group});
    for (std::size_t i = 0; i < group.repeats.size(); ++i)
      if (user_s(group.unobserved(group.repeats[i])))
        benchmarks.push_back(benchmark(group, group.repeats[i], i, quantities));
  }
  const Json document = {
      {"context",
       {{"executable", recording.command.empty() ? std::string("msgstat")
                                                 : valid_utf8(recording.command.front())},
        {"num_cpus", recording.host.cpus},
        {"mhz_per_cpu", 0},
        {"caches", Json::array()},
        {"load_avg", Json::array()}}},
      {"benchmarks", std::move(benchmarks)}};
  return document.dump(2) + "\n";
}

}  // namespace msgstat::analysis
