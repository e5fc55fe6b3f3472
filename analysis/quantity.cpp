#include "analysis/quantity.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "analysis/metric.hpp"

namespace msgstat::analysis {
namespace {

using Total = std::optional<double> (*)(const Windows&);

constexpr double kUsPerSecond = 1e6;
constexpr double kUsPerNs = 1e-3;

template <double LatencyUs::*kPercentile>
std::optional<double> percentile(const Windows& windows) {
  return latency_us(windows, kPercentile);
}

std::optional<double> cpu_s(const Windows& windows) {
  const auto user = user_s(windows);
  const auto system = system_s(windows);
  return user && system ? std::optional(*user + *system) : std::nullopt;
}

// What every recording may have. Of a total, what falls on a unit is compared.
struct Row {
  const char* name;  // without what it is divided by
  const char* unit;
  QuantityKind kind;
  bool is_headline;
  bool is_total;
  double scale;
  Total of;
};
constexpr Row kRows[] = {
    {"p50", "us", QuantityKind::kLatency, true, false, 1, percentile<&LatencyUs::p50>},
    {"p90", "us", QuantityKind::kLatency, false, false, 1, percentile<&LatencyUs::p90>},
    {"p99", "us", QuantityKind::kLatency, true, false, 1, percentile<&LatencyUs::p99>},
    {"p99.9", "us", QuantityKind::kLatency, false, false, 1, percentile<&LatencyUs::p99_9>},
    {"cpu", "us", QuantityKind::kCpu, true, true, kUsPerSecond, cpu_s},
    {"user-cpu", "us", QuantityKind::kCpu, false, true, kUsPerSecond, user_s},
    {"system-cpu", "us", QuantityKind::kCpu, false, true, kUsPerSecond, system_s},
};

std::optional<double> scaled(std::optional<double> value, double scale) {
  if (value) *value *= scale;
  return value;
}

class Maker {
 public:
  explicit Maker(const std::vector<const Group*>& groups) : groups_(groups) {
    per_unit_ = std::all_of(groups.begin(), groups.end(),
                            [](const Group* group) { return group->first().unit.has_value(); });
  }

  std::vector<Quantity> make() && {
    if (per_unit_) {
      const std::string unit = groups_.front()->first().unit->name;
      quantities_.push_back({.name = (unit.empty() ? "units" : unit + "s") + "/s",
                             .unit = "",
                             .kind = QuantityKind::kThroughput,
                             .is_counted = false,
                             .is_headline = true,
                             .of = units_per_s});
    }
    for (const Row& row : kRows) {
      Quantity quantity{.name = row.name,
                        .unit = row.unit,
                        .kind = row.kind,
                        .is_counted = false,
                        .is_headline = row.is_headline,
                        .of = row.of};
      if (row.is_total) quantity = divided(quantity, row.of, row.scale);
      quantities_.push_back(std::move(quantity));
    }
    add_counters();
    add_syscalls();
    return std::move(quantities_);
  }

 private:
  template <typename Of>
  Quantity divided(Quantity quantity, Of of, double scale) const {
    const bool per_unit = per_unit_;
    quantity.name += per_unit ? "/" + unit_abbreviation(groups_.front()->first()) : "/s";
    quantity.of = [of, scale, per_unit](const Windows& windows) {
      if (per_unit) return scaled(analysis::per_unit(of(windows), windows), scale);
      const auto total = of(windows);
      const auto time = seconds(windows);
      return total && time && *time > 0 ? std::optional(*total * scale / *time) : std::nullopt;
    };
    return quantity;
  }

  template <typename Of>
  void add_count(Quantity quantity, double scale, Of of) {
    quantity.is_counted = true;
    quantities_.push_back(divided(std::move(quantity), std::move(of), scale));
  }

  void for_each_measured(const std::function<void(const Run&)>& visit) const {
    for (const Group* group : groups_)
      for (const Repeat& repeat : group->repeats)
        for (const Run* run : repeat.measured) visit(*run);
  }

  void add_counters() {
    std::set<std::string> seen;
    for_each_measured([&](const Run& run) {
      for (const Counter& one : run.counters) {
        if (!one.value || !seen.insert(one.name).second) continue;
        const bool is_time = one.unit == "ns";
        add_count({.name = one.name,
                   .unit = is_time ? "us" : "",
                   .kind = QuantityKind::kCounter,
                   .is_headline = !is_time},
                  is_time ? kUsPerNs : 1,
                  [name = one.name](const Windows& windows) { return counter(windows, name); });
      }
    });
  }

  void add_syscalls() {
    std::set<std::string> seen;
    for_each_measured([&](const Run& run) {
      for (const Syscall& syscall : run.syscalls.value_or(std::vector<Syscall>()))
        seen.insert(syscall.name);
    });
    for (const std::string& name : seen)
      add_count({.name = name, .unit = "", .kind = QuantityKind::kSyscall}, 1,
                [name](const Windows& windows) { return syscall_calls(windows, name); });
    if (!seen.empty())
      add_count(
          {.name = "syscalls", .unit = "", .kind = QuantityKind::kSyscall, .is_headline = false}, 1,
          all_syscalls);
  }

  const std::vector<const Group*>& groups_;
  bool per_unit_ = false;
  std::vector<Quantity> quantities_;
};

}  // namespace

std::vector<Quantity> quantities_of(const std::vector<const Group*>& groups) {
  return Maker(groups).make();
}

std::optional<double> point_of(const Quantity& quantity, const Group& group, const Repeat& repeat) {
  return quantity.of(quantity.is_counted ? repeat.measured : group.unobserved(repeat));
}

std::string unit_abbreviation(const Run& run) {
  if (!run.unit || run.unit->count == 0) return "s";
  if (run.unit->name.empty()) return "unit";
  return run.unit->name == "message" ? "msg" : run.unit->name;
}

}  // namespace msgstat::analysis
