#include "analysis/compare.hpp"
#include "analysis/comparison_json.hpp"
#include "analysis/counter_json.hpp"
#include "analysis/explain_json.hpp"
#include "analysis/json_value.hpp"
#include "analysis/printable.hpp"
#include "analysis/recording.hpp"

namespace msgstat::analysis {
namespace {

Json json(const std::string& text) { return valid_utf8(text); }

Json json(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(json(text));
  return list;
}

Json json(const std::optional<std::string>& text) { return text ? json(*text) : Json(nullptr); }

template <typename Number>
Json number(const std::optional<Number>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json per_unit(double value, const std::optional<Unit>& unit) {
  if (!unit || unit->count == 0) return nullptr;
  return value / static_cast<double>(unit->count);
}

Json json(const Host& host) {
  return {{"kernel", json(host.kernel)},
          {"arch", json(host.arch)},
          {"cpus", host.cpus},
          {"pmu", json(host.pmu)},
          {"virtualized", json(host.virtualized)}};
}

Json json(const Target& target) {
  return {{"kind", json(target.kind)},
          {"pids", target.pids},
          {"threads", target.threads},
          {"command", json(target.command)},
          {"cpus", json(target.cpus)}};
}

Json json(const Asked& asked) {
  return {{"connections", asked.connections}, {"reason", json(asked.reason)}};
}

Json json(const Load& load) {
  return {{"connections", load.connections},
          {"message_bytes", load.message_bytes},
          {"rate_per_s", number(load.rate_per_s)},
          {"cpus", json(load.cpus)},
          {"asked", load.asked ? json(*load.asked) : Json(nullptr)}};
}

Json json(const RunWindow& window) {
  return {{"seconds", window.seconds},
          {"measured", window.measured},
          {"slices_per_s", window.slices_per_s},
          {"start_s", number(window.start_s)}};
}

Json json(const Unit& unit) {
  return {{"name", json(unit.name)},
          {"source", json(unit.source)},
          {"count", unit.count},
          {"uncertainty", unit.uncertainty}};
}

Json units(const Run& run) {
  Json list = Json::array();
  for (const CountedUnits& one : run.units)
    list.push_back({{"name", json(one.name)},
                    {"source", json(one.source)},
                    {"count", number(one.count)},
                    {"per_unit", one.count ? per_unit(static_cast<double>(*one.count), run.unit)
                                           : Json(nullptr)},
                    {"counted_by", json(one.counted_by)},
                    {"reason", json(one.reason)}});
  return list;
}

Json json(const CpuTime& cpu) { return {{"user_s", cpu.user_s}, {"system_s", cpu.system_s}}; }

Json json(const LatencyUs& latency) {
  return {{"p50", latency.p50},
          {"p90", latency.p90},
          {"p99", latency.p99},
          {"p99.9", latency.p99_9},
          {"max", latency.max}};
}

Json json(const Fairness& fairness) {
  return {{"min", fairness.min}, {"median", fairness.median}, {"max", fairness.max}};
}

Json json(const Loss& loss) {
  return {{"map_full", loss.map_full},
          {"untimed", loss.untimed},
          {"unplaced_calls", loss.unplaced_calls},
          {"unplaced_stints", loss.unplaced_stints},
          {"programs_missed", loss.programs_missed},
          {"in_flight_open", loss.in_flight_open},
          {"in_flight_close", loss.in_flight_close},
          {"on_cpu_open", loss.on_cpu_open},
          {"on_cpu_close", loss.on_cpu_close}};
}

Json json(const SyscallTime& time) {
  return {{"calls", time.calls}, {"total", time.total_ns}, {"p50", time.p50_ns},
          {"p90", time.p90_ns},  {"p99", time.p99_ns},     {"p99.9", time.p99_9_ns},
          {"max", time.max_ns}};
}

Json syscalls(const Run& run) {
  if (!run.syscalls) return nullptr;
  Json syscalls = Json::object();
  for (const Syscall& syscall : *run.syscalls) {
    Json errors = Json::object();
    for (const auto& [name, count] : syscall.errors_by_name) errors[valid_utf8(name)] = count;
    syscalls[valid_utf8(syscall.name)] = {
        {"calls", syscall.calls},
        {"per_unit", per_unit(static_cast<double>(syscall.calls), run.unit)},
        {"failed", syscall.errors},
        {"errors", std::move(errors)},
        {"time_ns", syscall.time ? json(*syscall.time) : Json(nullptr)}};
  }
  return syscalls;
}

Json uring(const Run& run) {
  if (!run.uring) return nullptr;
  Json operations = Json::object();
  for (const UringEntries& count : *run.uring)
    operations[valid_utf8(count.operation)] = {
        {"entries", count.entries},
        {"per_unit", per_unit(static_cast<double>(count.entries), run.unit)}};
  return operations;
}

Json observer(const Run& run) {
  if (!run.observer) return nullptr;
  return {{"bpf_runs", run.observer->bpf_runs},
          {"bpf_ns", run.observer->bpf_ns},
          {"sampled_s", run.observer->sampled_s},
          {"ns_per_unit", per_unit(run.observer->bpf_ns, run.unit)},
          {"cpu_percent", run.observer->cpu_percent}};
}

template <typename T>
Json object(const std::optional<T>& value) {
  return value ? json(*value) : Json(nullptr);
}

Json json(const Run& run) {
  return {{"label", json(run.label)},
          {"arm", json(run.arm)},
          {"repeat", run.repeat},
          {"target", json(run.target)},
          {"load", object(run.load)},
          {"window", json(run.window)},
          {"unit", object(run.unit)},
          {"units", units(run)},
          {"cpu", object(run.cpu)},
          {"counters", counters_json(run.counters, run.unit)},
          {"syscalls", syscalls(run)},
          {"syscalls_reason", json(run.syscalls_reason)},
          {"by_thread", run.by_thread ? threads_json(*run.by_thread) : Json(nullptr)},
          {"io_uring", uring(run)},
          {"latency_us", object(run.latency_us)},
          {"fairness", object(run.fairness)},
          {"loss", object(run.loss)},
          {"observer", observer(run)},
          {"futex", run.futex ? futex_json(*run.futex) : Json(nullptr)},
          {"sched", run.sched ? sched_json(*run.sched) : Json(nullptr)},
          {"findings", findings_json(run.findings)},
          {"blind_spots", json(run.blind_spots)},
          {"memory_bytes_per_connection", number(run.memory_bytes_per_connection)}};
}

Json json(const Skipped& skipped) {
  return {
      {"label", json(skipped.label)}, {"arm", json(skipped.arm)}, {"reason", json(skipped.reason)}};
}

Json json(const ArmSettings& arm) {
  Json settings = Json::object();
  for (const auto& [key, value] : arm.settings) settings[valid_utf8(key)] = json(value);
  return {{"name", json(arm.name)}, {"settings", std::move(settings)}};
}

template <typename T>
Json list(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(json(value));
  return list;
}

}  // namespace

std::string to_json(const Recording& recording) {
  const std::vector<ArmComparison> comparisons = compare_arms(recording);
  const Json document = {{"schema", kRecordingSchema},
                         {"host", json(recording.host)},
                         {"command", json(recording.command)},
                         {"seed", number(recording.seed)},
                         {"suite", json(recording.suite)},
                         {"unfinished", json(recording.unfinished)},
                         {"arms", list(recording.arms)},
                         {"runs", list(recording.runs)},
                         {"skipped", list(recording.skipped)},
                         {"comparisons", comparisons_json(comparisons)},
                         {"arm_findings", arm_findings_json(comparisons)}};
  return document.dump(2) + "\n";
}

}  // namespace msgstat::analysis
