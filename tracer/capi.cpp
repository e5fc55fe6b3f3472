// The C interface (msgstat.h) over the collector. No exception leaves it.
#include <cstring>
#include <exception>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tracer/collector.hpp"
#include "tracer/error.hpp"
#include "tracer/include/msgstat/msgstat.h"

struct msgstat_collector {
  msgstat::Collector collector;
};

struct msgstat_window {
  msgstat::Window window;
  std::vector<std::string> names;  // of the system calls
};

namespace {

using msgstat::CounterState;

// Fixed, so that saying that there is no memory takes none.
thread_local char last_error[1024];

void keep_error(const char* line) noexcept {
  std::strncpy(last_error, line, sizeof last_error - 1);
}

// What `act` returns, or `failed`.
template <typename Result, typename Act>
Result guarded(Result failed, Act act) noexcept {
  try {
    return act();
  } catch (const std::exception& error) {
    keep_error(error.what());
  } catch (...) {
    keep_error("an unknown error");
  }
  return failed;
}

std::string name_of(const msgstat::SyscallCount& call) {
  switch (call.abi) {
    case msgstat::Abi::kCompat32:
      return "compat32:" + call.name;
    case msgstat::Abi::kX32:
      return "x32:" + call.name;
    case msgstat::Abi::kNative:
      break;
  }
  return call.name;
}

std::vector<std::string> split(const char* list) {
  std::vector<std::string> words;
  std::istringstream text(list != nullptr ? list : "");
  for (std::string word; std::getline(text, word, ',');) words.push_back(word);
  return words;
}

msgstat_window* own(msgstat::Window window) {
  auto owned = std::make_unique<msgstat_window>();
  owned->window = std::move(window);
  if (owned->window.syscalls)
    for (const auto& call : *owned->window.syscalls) owned->names.push_back(name_of(call));
  return owned.release();
}

int state_of(CounterState state) {
  switch (state) {
    case CounterState::kCounted:
      return MSGSTAT_COUNTED;
    case CounterState::kScaled:
      return MSGSTAT_SCALED;
    case CounterState::kNotCounted:
      return MSGSTAT_NOT_COUNTED;
    case CounterState::kNotSupported:
      return MSGSTAT_NOT_SUPPORTED;
    case CounterState::kNotPermitted:
      break;
  }
  return MSGSTAT_NOT_PERMITTED;
}

msgstat::Level level_of(int level) {
  if (level == MSGSTAT_LEVEL_COUNTS) return msgstat::Level::kCounts;
  if (level == MSGSTAT_LEVEL_LATENCY) return msgstat::Level::kLatency;
  throw msgstat::UsageError("there is no level " + std::to_string(level));
}

int past_the_end() {
  keep_error("there is none of that index");
  return -1;
}

}  // namespace

const char* msgstat_error(void) { return last_error; }

msgstat_collector* msgstat_new(int pid, const char* events) {
  const msgstat_options options{
      .pid = pid, .events = events, .units = nullptr, .level = MSGSTAT_LEVEL_COUNTS};
  return msgstat_new_with(&options);
}

msgstat_collector* msgstat_new_with(const struct msgstat_options* options) {
  return guarded<msgstat_collector*>(nullptr, [&] {
    msgstat::CollectorOptions wanted;
    wanted.events = split(options->events);
    wanted.level = level_of(options->level);
    for (const char* const* unit = options->units; unit != nullptr && *unit != nullptr; ++unit)
      wanted.units.emplace_back(*unit);
    return new msgstat_collector{
        options->pid == 0 ? msgstat::Collector::self(std::move(wanted))
                          : msgstat::Collector::process(options->pid, std::move(wanted))};
  });
}

void msgstat_free(msgstat_collector* collector) { delete collector; }

int msgstat_open(msgstat_collector* collector) {
  return guarded(-1, [&] {
    collector->collector.open();
    return 0;
  });
}

msgstat_window* msgstat_lap(msgstat_collector* collector) {
  return guarded<msgstat_window*>(nullptr, [&] { return own(collector->collector.lap()); });
}

msgstat_window* msgstat_close(msgstat_collector* collector) {
  return guarded<msgstat_window*>(nullptr, [&] { return own(collector->collector.close()); });
}

void msgstat_window_free(msgstat_window* window) { delete window; }

double msgstat_seconds(const msgstat_window* window) { return window->window.seconds; }
double msgstat_user_seconds(const msgstat_window* window) { return window->window.cpu.user_s; }
double msgstat_system_seconds(const msgstat_window* window) { return window->window.cpu.system_s; }

size_t msgstat_event_count(const msgstat_window* window) { return window->window.events.size(); }

int msgstat_event_at(const msgstat_window* window, size_t index, struct msgstat_event* event) {
  if (index >= window->window.events.size()) return past_the_end();
  const msgstat::EventCount& count = window->window.events[index];
  *event = {.name = count.name.c_str(),
            .state = state_of(count.state),
            .value = count.value.value_or(0),
            .unit = count.unit.c_str(),
            .running = count.running,
            .reason = count.reason.c_str()};
  return 0;
}

const char* msgstat_syscalls_reason(const msgstat_window* window) {
  return window->window.syscalls ? nullptr : window->window.syscalls_reason.c_str();
}

size_t msgstat_syscall_count(const msgstat_window* window) { return window->names.size(); }

int msgstat_syscall_at(const msgstat_window* window, size_t index,
                       struct msgstat_syscall* syscall) {
  if (index >= window->names.size()) return past_the_end();
  const msgstat::SyscallCount& call = (*window->window.syscalls)[index];
  *syscall = {.name = window->names[index].c_str(),
              .calls = call.calls,
              .errors = call.errors,
              .error_kinds = call.errors_by_errno.size()};
  return 0;
}

int msgstat_syscall_error(const msgstat_window* window, size_t syscall, size_t index, int* error,
                          uint64_t* calls) {
  if (syscall >= window->names.size()) return past_the_end();
  for (const auto& [number, count] : (*window->window.syscalls)[syscall].errors_by_errno) {
    if (index-- > 0) continue;
    *error = number;
    *calls = count;
    return 0;
  }
  return past_the_end();
}

int64_t msgstat_calls(const msgstat_window* window, const char* name) {
  if (!window->window.syscalls) {
    keep_error(window->window.syscalls_reason.c_str());
    return -1;
  }
  for (std::size_t i = 0; i < window->names.size(); ++i)
    if (window->names[i] == name) return static_cast<int64_t>((*window->window.syscalls)[i].calls);
  return 0;
}

int msgstat_syscall_time(const msgstat_window* window, size_t syscall, struct msgstat_time* time) {
  if (syscall >= window->names.size()) return past_the_end();
  const auto& known = (*window->window.syscalls)[syscall].time;
  if (!known) {
    keep_error("system calls are timed at level latency only");
    return -1;
  }
  *time = {.calls = known->calls,
           .total_ns = known->total_ns,
           .p50_ns = known->p50_ns,
           .p90_ns = known->p90_ns,
           .p99_ns = known->p99_ns,
           .p99_9_ns = known->p99_9_ns,
           .max_ns = known->max_ns};
  return 0;
}

size_t msgstat_unit_count(const msgstat_window* window) {
  return window->window.unit_counts.size();
}

int msgstat_unit_at(const msgstat_window* window, size_t index, struct msgstat_units* units) {
  if (index >= window->window.unit_counts.size()) return past_the_end();
  const msgstat::NamedUnits& seen = window->window.unit_counts[index];
  *units = {.expression = seen.expression.c_str(),
            .is_counted = seen.count.has_value() ? 1 : 0,
            .count = seen.count.value_or(0),
            .source = seen.source.c_str(),
            .reason = seen.reason.c_str()};
  return 0;
}

int64_t msgstat_units_of(const msgstat_window* window, const char* expression) {
  for (const msgstat::NamedUnits& seen : window->window.unit_counts) {
    if (seen.expression != expression) continue;
    if (seen.count) return static_cast<int64_t>(*seen.count);
    keep_error(seen.reason.c_str());
    return -1;
  }
  keep_error("the window was not asked for these units");
  return -1;
}

size_t msgstat_blind_spot_count(const msgstat_window* window) {
  return window->window.blind_spots.size();
}

const char* msgstat_blind_spot_at(const msgstat_window* window, size_t index) {
  if (index < window->window.blind_spots.size()) return window->window.blind_spots[index].c_str();
  past_the_end();
  return nullptr;
}
