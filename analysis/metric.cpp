#include "analysis/metric.hpp"

#include <algorithm>

namespace msgstat::analysis {
namespace {

template <typename Function>
std::optional<double> sum_of(const Windows& windows, Function of) {
  if (windows.empty()) return std::nullopt;
  double total = 0;
  for (const Run* run : windows) {
    const std::optional<double> value = of(*run);
    if (!value) return std::nullopt;
    total += *value;
  }
  return total;
}

std::optional<double> denominator_of(const Run& run) {
  return run.unit ? std::optional(static_cast<double>(run.unit->count)) : std::nullopt;
}

std::optional<double> quotient(const std::optional<double>& over,
                               const std::optional<double>& under) {
  return over && under && *under > 0 ? std::optional(*over / *under) : std::nullopt;
}

const Syscall* find(const std::vector<Syscall>& syscalls, std::string_view name) {
  const auto found = std::find_if(syscalls.begin(), syscalls.end(),
                                  [name](const Syscall& syscall) { return syscall.name == name; });
  return found == syscalls.end() ? nullptr : &*found;
}

}  // namespace

std::optional<double> seconds(const Windows& windows) {
  return sum_of(windows, [](const Run& run) { return std::optional(run.window.seconds); });
}

std::optional<double> units(const Windows& windows) { return sum_of(windows, denominator_of); }

std::optional<double> units_per_s(const Windows& windows) {
  return quotient(units(windows), seconds(windows));
}

std::optional<double> units_of(const Windows& windows, std::string_view source) {
  return sum_of(windows, [source](const Run& run) -> std::optional<double> {
    const auto found =
        std::find_if(run.units.begin(), run.units.end(),
                     [source](const CountedUnits& units) { return units.source == source; });
    if (found == run.units.end() || !found->count) return std::nullopt;
    return static_cast<double>(*found->count);
  });
}

std::optional<double> user_s(const Windows& windows) {
  return sum_of(windows, [](const Run& run) {
    return run.cpu ? std::optional(run.cpu->user_s) : std::nullopt;
  });
}

std::optional<double> system_s(const Windows& windows) {
  return sum_of(windows, [](const Run& run) {
    return run.cpu ? std::optional(run.cpu->system_s) : std::nullopt;
  });
}

std::optional<double> counter(const Windows& windows, std::string_view name) {
  return sum_of(windows, [name](const Run& run) {
    const auto found =
        std::find_if(run.counters.begin(), run.counters.end(),
                     [name](const Counter& counter) { return counter.name == name; });
    return found == run.counters.end() ? std::nullopt : found->value;
  });
}

std::optional<double> syscall_calls(const Windows& windows, std::string_view name) {
  return sum_of(windows, [name](const Run& run) -> std::optional<double> {
    if (!run.syscalls) return std::nullopt;
    const Syscall* syscall = find(*run.syscalls, name);
    return syscall == nullptr ? 0 : static_cast<double>(syscall->calls);
  });
}

std::optional<double> syscall_errors(const Windows& windows, std::string_view name,
                                     std::string_view error) {
  return sum_of(windows, [name, error](const Run& run) -> std::optional<double> {
    if (!run.syscalls) return std::nullopt;
    const Syscall* syscall = find(*run.syscalls, name);
    if (syscall == nullptr) return 0;
    const auto found = syscall->errors_by_name.find(std::string(error));
    return found == syscall->errors_by_name.end() ? 0 : static_cast<double>(found->second);
  });
}

std::optional<double> all_syscalls(const Windows& windows) {
  return sum_of(windows, [](const Run& run) -> std::optional<double> {
    if (!run.syscalls) return std::nullopt;
    double calls = 0;
    for (const Syscall& syscall : *run.syscalls) calls += static_cast<double>(syscall.calls);
    return calls;
  });
}

std::optional<double> uring_entries(const Windows& windows, std::string_view operation) {
  return sum_of(windows, [operation](const Run& run) -> std::optional<double> {
    if (!run.uring) return std::nullopt;
    double entries = 0;
    for (const UringEntries& count : *run.uring)
      if (count.operation == operation) entries += static_cast<double>(count.entries);
    return entries;
  });
}

std::optional<double> latency_us(const Windows& windows, double LatencyUs::*percentile) {
  if (percentile == &LatencyUs::max) {
    std::optional<double> most;
    for (const Run* run : windows) {
      if (!run->latency_us) return std::nullopt;
      most = std::max(most.value_or(0), run->latency_us->max);
    }
    return most;
  }
  const auto weighted = [percentile](const Run& run) -> std::optional<double> {
    if (!run.latency_us || !run.unit) return std::nullopt;
    return *run.latency_us.*percentile * static_cast<double>(run.unit->count);
  };
  if (windows.size() == 1 && windows.front()->latency_us)
    return *windows.front()->latency_us.*percentile;
  return quotient(sum_of(windows, weighted), units(windows));
}

std::optional<double> per_unit(const std::optional<double>& total, const Windows& windows) {
  return quotient(total, units(windows));
}

std::optional<double> per_second(const std::optional<double>& total, const Windows& windows) {
  const std::optional<double> time = seconds(windows);
  return total && time && *time > 0 ? std::optional(*total / *time) : std::nullopt;
}

std::optional<double> observer_ns(const Windows& windows) {
  return sum_of(windows, [](const Run& run) {
    return run.observer ? std::optional(run.observer->bpf_ns) : std::nullopt;
  });
}

std::optional<double> observer_effect(const Repeat& repeat) {
  const std::optional<double> bare = units_per_s(repeat.bare);
  const std::optional<double> measured = units_per_s(repeat.measured);
  const std::optional<double> ratio = quotient(measured, bare);
  return ratio ? std::optional(*ratio - 1) : std::nullopt;
}

std::vector<double> points(const Group& group,
                           const std::function<std::optional<double>(const Repeat&)>& of) {
  std::vector<double> points;
  for (const Repeat& repeat : group.repeats)
    if (const std::optional<double> point = of(repeat)) points.push_back(*point);
  return points;
}

std::optional<stats::Summary> mean_of(
    const Group& group, const std::function<std::optional<double>(const Repeat&)>& of) {
  return stats::summarize(points(group, of));
}

std::optional<stats::Summary> throughput(const Group& group) {
  return mean_of(group,
                 [&group](const Repeat& repeat) { return units_per_s(group.unobserved(repeat)); });
}

}  // namespace msgstat::analysis
