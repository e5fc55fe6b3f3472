#include <fmt/format.h>

#include "analysis/counter_json.hpp"
#include "analysis/explain_json.hpp"
#include "analysis/json_value.hpp"
#include "analysis/printable.hpp"
#include "analysis/recording.hpp"
#include "tracer/error.hpp"

// What is text, a list or an option may be missing, and is then empty. A number may not: what was
// not measured is never a zero.
namespace msgstat::analysis {
namespace {

std::optional<std::string> optional_text(const JsonValue& object, std::string_view key) {
  const std::optional<JsonValue> value = object.find(key);
  return value ? std::optional(value->text()) : std::nullopt;
}

std::optional<double> optional_amount(const JsonValue& object, std::string_view key) {
  const std::optional<JsonValue> value = object.find(key);
  return value ? std::optional(value->amount()) : std::nullopt;
}

std::vector<std::string> texts(const JsonValue& object, std::string_view key) {
  const std::optional<JsonValue> value = object.find(key);
  return value ? value->texts() : std::vector<std::string>();
}

template <typename T>
std::optional<T> optional(const JsonValue& object, std::string_view key,
                          T (*read)(const JsonValue&)) {
  const std::optional<JsonValue> value = object.find(key);
  return value ? std::optional<T>(read(*value)) : std::nullopt;
}

template <typename T>
std::vector<T> list(const JsonValue& object, std::string_view key, T (*read)(const JsonValue&)) {
  std::vector<T> values;
  if (const std::optional<JsonValue> items = object.find(key))
    for (const JsonValue& item : items->items()) values.push_back(read(item));
  return values;
}

Host read_host(const JsonValue& in) {
  return {.kernel = in.text_of("kernel"),
          .arch = in.text_of("arch"),
          .cpus = static_cast<unsigned>(in.at("cpus").whole()),
          .pmu = optional_text(in, "pmu"),
          .virtualized = optional_text(in, "virtualized")};
}

int read_pid(const JsonValue& in) { return in.whole(); }

Target read_target(const JsonValue& in) {
  const std::optional<JsonValue> threads = in.find("threads");
  return {.kind = in.text_of("kind"),
          .pids = list(in, "pids", read_pid),
          .threads = threads ? threads->count() : 0,
          .command = texts(in, "command"),
          .cpus = optional_text(in, "cpus")};
}

Asked read_asked(const JsonValue& in) {
  return {.connections = in.at("connections").count(), .reason = in.text_of("reason")};
}

Load read_load(const JsonValue& in) {
  return {.connections = in.at("connections").count(),
          .message_bytes = in.at("message_bytes").count(),
          .rate_per_s = optional_amount(in, "rate_per_s"),
          .cpus = optional_text(in, "cpus"),
          .asked = optional(in, "asked", read_asked)};
}

RunWindow read_window(const JsonValue& in) {
  RunWindow window{.seconds = in.at("seconds").amount(),
                   .measured = in.at("measured").flag(),
                   .slices_per_s = {},
                   .start_s = optional_amount(in, "start_s")};
  if (const std::optional<JsonValue> slices = in.find("slices_per_s"))
    for (const JsonValue& slice : slices->items()) window.slices_per_s.push_back(slice.amount());
  return window;
}

Unit read_unit(const JsonValue& in) {
  return {.name = in.text_of("name"),
          .source = in.text_of("source"),
          .count = in.at("count").count(),
          .uncertainty = in.at("uncertainty").count()};
}

CountedUnits read_units(const JsonValue& in) {
  const std::optional<JsonValue> count = in.find("count");
  return {.name = in.text_of("name"),
          .source = in.text_of("source"),
          .count = count ? std::optional(count->count()) : std::nullopt,
          .counted_by = in.text_of("counted_by"),
          .reason = in.text_of("reason")};
}

CpuTime read_cpu(const JsonValue& in) {
  return {.user_s = in.at("user_s").number(), .system_s = in.at("system_s").number()};
}

SyscallTime read_time(const JsonValue& in) {
  return {.calls = in.at("calls").count(),
          .total_ns = in.at("total").count(),
          .p50_ns = in.at("p50").amount(),
          .p90_ns = in.at("p90").amount(),
          .p99_ns = in.at("p99").amount(),
          .p99_9_ns = in.at("p99.9").amount(),
          .max_ns = in.at("max").count()};
}

std::vector<Syscall> read_syscalls(const JsonValue& in) {
  std::vector<Syscall> syscalls;
  for (const auto& [name, value] : in.members()) {
    Syscall& syscall = syscalls.emplace_back(Syscall{
        .name = name, .calls = value.at("calls").count(), .errors = value.at("failed").count()});
    if (const std::optional<JsonValue> errors = value.find("errors"))
      for (const auto& [error, count] : errors->members())
        syscall.errors_by_name[error] = count.count();
    if (const std::optional<JsonValue> time = value.find("time_ns"))
      syscall.time = read_time(*time);
  }
  return syscalls;
}

std::vector<UringEntries> read_uring(const JsonValue& in) {
  std::vector<UringEntries> counts;
  for (const auto& [operation, value] : in.members())
    counts.push_back({.operation = operation, .entries = value.at("entries").count()});
  return counts;
}

LatencyUs read_latency(const JsonValue& in) {
  return {.p50 = in.at("p50").amount(),
          .p90 = in.at("p90").amount(),
          .p99 = in.at("p99").amount(),
          .p99_9 = in.at("p99.9").amount(),
          .max = in.at("max").amount()};
}

Fairness read_fairness(const JsonValue& in) {
  return {.min = in.at("min").amount(),
          .median = in.at("median").amount(),
          .max = in.at("max").amount()};
}

Loss read_loss(const JsonValue& in) {
  // Since they can be lost, they are written.
  const auto later = [&in](std::string_view key) {
    const std::optional<JsonValue> count = in.find(key);
    return count ? count->count() : 0;
  };
  return {.map_full = in.at("map_full").count(),
          .untimed = later("untimed"),
          .unplaced_calls = later("unplaced_calls"),
          .unplaced_stints = later("unplaced_stints"),
          .programs_missed = in.at("programs_missed").count(),
          .in_flight_open = in.at("in_flight_open").count(),
          .in_flight_close = in.at("in_flight_close").count(),
          .on_cpu_open = in.at("on_cpu_open").count(),
          .on_cpu_close = in.at("on_cpu_close").count()};
}

ObserverCost read_observer(const JsonValue& in) {
  return {.bpf_runs = in.at("bpf_runs").amount(),
          .bpf_ns = in.at("bpf_ns").amount(),
          .sampled_s = in.at("sampled_s").amount(),
          .cpu_percent = in.at("cpu_percent").amount()};
}

Run read_run(const JsonValue& in) {
  const std::optional<JsonValue> repeat = in.find("repeat");
  const std::optional<JsonValue> counters = in.find("counters");
  return {.label = in.at("label").text(),
          .arm = in.text_of("arm"),
          .repeat = repeat ? repeat->count() : 0,
          .target = optional(in, "target", read_target).value_or(Target{}),
          .load = optional(in, "load", read_load),
          .window = read_window(in.at("window")),
          .unit = optional(in, "unit", read_unit),
          .units = list(in, "units", read_units),
          .cpu = optional(in, "cpu", read_cpu),
          .counters = counters ? read_counters(*counters) : std::vector<Counter>(),
          .syscalls = optional(in, "syscalls", read_syscalls),
          .syscalls_reason = in.text_of("syscalls_reason"),
          .by_thread = optional(in, "by_thread", read_threads),
          .uring = optional(in, "io_uring", read_uring),
          .latency_us = optional(in, "latency_us", read_latency),
          .fairness = optional(in, "fairness", read_fairness),
          .loss = optional(in, "loss", read_loss),
          .observer = optional(in, "observer", read_observer),
          .futex = optional(in, "futex", read_futex),
          .sched = optional(in, "sched", read_sched),
          .findings = list(in, "findings", read_finding),
          .blind_spots = texts(in, "blind_spots"),
          .memory_bytes_per_connection = optional_amount(in, "memory_bytes_per_connection")};
}

Skipped read_skipped(const JsonValue& in) {
  return {.label = in.at("label").text(), .arm = in.text_of("arm"), .reason = in.text_of("reason")};
}

ArmSettings read_arm(const JsonValue& in) {
  ArmSettings arm{.name = in.at("name").text(), .settings = {}};
  if (const std::optional<JsonValue> settings = in.find("settings"))
    for (const auto& [key, value] : settings->members())
      arm.settings.emplace_back(key, value.text());
  return arm;
}

// A minor version, "/1.2", adds fields only.
bool is_readable(std::string_view schema) {
  return schema == kRecordingSchema || schema.starts_with(std::string(kRecordingSchema) + ".");
}

}  // namespace

Recording from_json(std::string_view json, std::string_view source) {
  const Json document = parse_json(json, source);
  const std::string name = printable(source);
  if (!document.is_object() || !document.contains("schema"))
    throw Error(name + ": not a msgstat recording: it has no \"schema\"");
  const JsonValue in(document, std::string(source));
  const std::string schema = in.at("schema").text();
  if (!is_readable(schema))
    throw Error(fmt::format("{}: its schema is {}, and this msgstat reads {} only", name,
                            excerpt(schema), kRecordingSchema));

  const std::optional<JsonValue> seed = in.find("seed");
  return {.host = optional(in, "host", read_host).value_or(Host{}),
          .command = texts(in, "command"),
          .seed = seed ? std::optional(seed->count()) : std::nullopt,
          .suite = optional_text(in, "suite"),
          .arms = list(in, "arms", read_arm),
          .runs = list(in, "runs", read_run),
          .skipped = list(in, "skipped", read_skipped),
          .unfinished = optional_text(in, "unfinished")};
}

}  // namespace msgstat::analysis
