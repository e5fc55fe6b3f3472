#include "analysis/counter_json.hpp"

#include <string>
#include <utility>

#include "analysis/counter_state.hpp"
#include "analysis/printable.hpp"

namespace msgstat::analysis {
namespace {

Json whole_or_null(const std::optional<std::uint64_t>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::optional<std::uint64_t> read_whole(const JsonValue& in, std::string_view key) {
  const std::optional<JsonValue> value = in.find(key);
  return value ? std::optional(value->count()) : std::nullopt;
}

ThreadCounts read_thread(const JsonValue& in) {
  ThreadCounts thread{.pid = in.at("pid").whole(),
                      .tid = in.at("tid").whole(),
                      .name = in.at("name").text(),
                      .started_ns = in.at("started_ns").count(),
                      .cpu_ns = read_whole(in, "cpu_ns"),
                      .events = {},
                      .syscalls = {}};
  if (const auto counters = in.find("counters")) thread.events = read_counters(*counters);
  if (const auto calls = in.find("syscalls"))
    for (const auto& [name, call] : calls->members())
      thread.syscalls.push_back({.name = name,
                                 .calls = call.at("calls").count(),
                                 .errors = call.at("failed").count(),
                                 .time_ns = read_whole(call, "total_ns")});
  return thread;
}

}  // namespace

Json counters_json(const std::vector<Counter>& counters, const std::optional<Unit>& unit) {
  Json object = Json::object();
  for (const Counter& counter : counters) {
    Json per_unit = nullptr;
    if (counter.value && unit && unit->count > 0)
      per_unit = *counter.value / static_cast<double>(unit->count);
    object[valid_utf8(counter.name)] = {
        {"value", counter.value ? Json(*counter.value) : Json(nullptr)},
        {"per_unit", std::move(per_unit)},
        {"unit", valid_utf8(counter.unit)},
        {"state", counter_state_name(counter.state)},
        {"running", counter.running},
        {"reason", valid_utf8(counter.reason)}};
  }
  return object;
}

std::vector<Counter> read_counters(const JsonValue& in) {
  std::vector<Counter> counters;
  for (const auto& [name, value] : in.members()) {
    const JsonValue state_in = value.at("state");
    const std::optional<CounterState> state = find_counter_state(state_in.text());
    if (!state) state_in.refuse("the state of a counter");
    const bool has_value = *state == CounterState::kCounted || *state == CounterState::kScaled;
    counters.push_back(
        {.name = name,
         .state = *state,
         .value = has_value ? std::optional(value.at("value").number()) : std::nullopt,
         .unit = value.text_of("unit"),
         .running = value.at("running").amount(),
         .reason = value.text_of("reason")});
  }
  return counters;
}

Json threads_json(const std::vector<ThreadCounts>& threads) {
  Json list = Json::array();
  for (const ThreadCounts& thread : threads) {
    Json calls = Json::object();
    for (const ThreadSyscall& call : thread.syscalls)
      calls[valid_utf8(call.name)] = {{"calls", call.calls},
                                      {"failed", call.errors},
                                      {"total_ns", whole_or_null(call.time_ns)}};
    list.push_back({{"pid", thread.pid},
                    {"tid", thread.tid},
                    {"name", valid_utf8(thread.name)},
                    {"started_ns", thread.started_ns},
                    {"cpu_ns", whole_or_null(thread.cpu_ns)},
                    {"counters", counters_json(thread.events, std::nullopt)},
                    {"syscalls", std::move(calls)}});
  }
  return list;
}

std::vector<ThreadCounts> read_threads(const JsonValue& in) {
  std::vector<ThreadCounts> threads;
  for (const JsonValue& item : in.items()) threads.push_back(read_thread(item));
  return threads;
}

}  // namespace msgstat::analysis
