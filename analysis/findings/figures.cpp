#include "analysis/findings/figures.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/render/number.hpp"

namespace msgstat::analysis {
namespace {

constexpr std::uint64_t kFewUnits = 20;

bool is_one_of(const Syscall& call, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), call.name) != names.end();
}

}  // namespace

double calls_of(const Run& run, std::initializer_list<std::string_view> names) {
  double calls = 0;
  if (run.syscalls)
    for (const Syscall& call : *run.syscalls)
      if (is_one_of(call, names)) calls += static_cast<double>(call.calls);
  return calls;
}

double errors_of(const Run& run, std::initializer_list<std::string_view> names,
                 const std::string& error) {
  double errors = 0;
  if (!run.syscalls) return errors;
  for (const Syscall& call : *run.syscalls) {
    if (!is_one_of(call, names)) continue;
    const auto found = call.errors_by_name.find(error);
    if (found != call.errors_by_name.end()) errors += static_cast<double>(found->second);
  }
  return errors;
}

double per_second(const Run& run, double count) {
  return run.window.seconds > 0 ? count / run.window.seconds : 0;
}

std::optional<double> per_unit(const Run& run, double count) {
  if (!run.unit || run.unit->count < kFewUnits) return std::nullopt;
  return count / static_cast<double>(run.unit->count);
}

std::string base_name(const Run& run) {
  return per_unit(run, 0) ? run.unit->name : std::string("second");
}

double per_base(const Run& run, double count) {
  return per_unit(run, count).value_or(per_second(run, count));
}

bool is_frequent(const Run& run, double count, double each, double each_s) {
  const std::optional<double> ratio = per_unit(run, count);
  return ratio ? *ratio >= each : per_second(run, count) >= each_s;
}

double waits_of(const FutexWord& word) {
  return static_cast<double>(word.woken + word.changed + word.timed_out + word.interrupted +
                             word.wait_failed);
}

double wakes_of(const FutexWord& word) {
  return static_cast<double>(word.woke_none + word.woke_one + word.woke_many + word.wake_failed);
}

double futex_calls_of(const FutexWord& word) {
  double calls = 0;
  for (const auto& [operation, count] : word.calls) calls += static_cast<double>(count);
  return calls;
}

double mean_sleep_us(const FutexWord& word) {
  if (word.sleeps == 0) return 0;
  return static_cast<double>(word.sleep_ns) / static_cast<double>(word.sleeps) / 1e3;
}

std::string name_of(const FutexWord& word) {
  const Place& place = word.place;
  const std::string module = place.module.substr(place.module.rfind('/') + 1);
  if (place.kind == "symbol")
    return place.symbol + (place.offset == 0 ? "" : fmt::format("+{:#x}", place.offset)) + " in " +
           module;
  if (place.kind == "module") return fmt::format("{}+{:#x}", module, place.offset);
  return fmt::format("{:#x} ({})", word.address, place.kind);
}

std::string owner_clause(const FutexWord& word) {
  if (!word.owner) return {};
  return fmt::format(", held mostly by {} ({})", word.owner_name, *word.owner);
}

std::string each(const Run& run, double count) {
  return fmt::format("{} a {}", render::four_figures(per_base(run, count)), base_name(run));
}

}  // namespace msgstat::analysis
