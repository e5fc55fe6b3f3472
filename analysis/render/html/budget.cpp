#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "analysis/metric.hpp"
#include "analysis/render/html/charts.hpp"
#include "analysis/render/html/stacked.hpp"
#include "analysis/render/number.hpp"

namespace msgstat::analysis::html {
namespace {

using render::significant;

constexpr double kUsPerNs = 1e-3;
constexpr double kUsPerSecond = 1e6;

using Ns = std::function<double(const SchedulerUse&)>;

// Microseconds a message, over the runs; nothing where a run has no scheduler.
std::optional<double> us_of(const View& view, const Group& group, const Ns& ns) {
  const auto mean = mean_of(group, [&](const Repeat& repeat) -> std::optional<double> {
    double total = 0;
    for (const Run* run : repeat.measured) {
      if (!run->sched) return std::nullopt;
      total += ns(*run->sched);
    }
    return view.per_base(total * kUsPerNs, repeat.measured);
  });
  return mean ? std::optional(mean->mean) : std::nullopt;
}

std::optional<double> us_of_cpu(const View& view, const Group& group,
                                std::optional<double> (*total)(const Windows&)) {
  const auto mean = mean_of(group, [&](const Repeat& repeat) -> std::optional<double> {
    const Windows& windows = group.unobserved(repeat);
    const auto us = view.per_base(total(windows), windows);
    return us ? std::optional(*us * kUsPerSecond) : std::nullopt;
  });
  return mean ? std::optional(mean->mean) : std::nullopt;
}

std::vector<std::string> calls_of(const Group& group) {
  std::map<std::string, bool> names;
  for (const Repeat& repeat : group.repeats)
    for (const Run* run : repeat.measured)
      if (run->sched)
        for (const CallTime& call : run->sched->calls) names[call.name] = true;
  std::vector<std::string> calls;
  for (const std::string_view family : families())
    for (const auto& [name, is_there] : names)
      if (family_of(name) == family) calls.push_back(name);
  return calls;
}

// One part for each call, of that part of its time.
void add_calls(Bar& bar, const View& view, const Group& group, std::uint64_t CallTime::*part) {
  for (const std::string& call : calls_of(group)) {
    const auto us = us_of(view, group, [&](const SchedulerUse& sched) {
      double ns = 0;
      for (const CallTime& one : sched.calls)
        if (one.name == call) ns += static_cast<double>(one.*part);
      return ns;
    });
    if (us && *us > 0)
      bar.parts.push_back({.label = call, .value = *us, .classes = view.colors().classes(call)});
  }
}

void add_mode(Bar& bar, const View& view, const Group& group, const char* label,
              const char* classes, std::uint64_t TimeByMode::*mode) {
  const auto us = us_of(view, group, [mode](const SchedulerUse& sched) {
    return static_cast<double>(sched.total.*mode);
  });
  if (us && *us > 0) bar.parts.push_back({.label = label, .value = *us, .classes = classes});
}

Bar awake(const View& view, const Group& group) {
  Bar bar{.name = View::name(group), .parts = {}, .note = {}};
  add_mode(bar, view, group, "user", "mode user", &TimeByMode::user_ns);
  add_calls(bar, view, group, &CallTime::kernel_ns);
  add_mode(bar, view, group, "user or kernel", "call rest", &TimeByMode::unknown_ns);
  add_mode(bar, view, group, "waiting for a CPU", "mode waiting", &TimeByMode::runnable_ns);
  return bar;
}

Bar asleep(const View& view, const Group& group) {
  Bar bar{.name = View::name(group), .parts = {}, .note = {}};
  add_calls(bar, view, group, &CallTime::blocked_ns);
  return bar;
}

Bar cpu(const View& view, const Group& group) {
  Bar bar{.name = View::name(group), .parts = {}, .note = {}};
  const auto user = us_of_cpu(view, group, user_s);
  const auto system = us_of_cpu(view, group, system_s);
  if (!user || !system) return bar;
  bar.parts = {{.label = "user", .value = *user, .classes = "mode user"},
               {.label = "kernel", .value = *system, .classes = "mode kernel"}};
  return bar;
}

std::string range(const std::vector<Bar>& bars, const std::string& unit) {
  const auto by_total = [](const Bar& a, const Bar& b) { return a.total() < b.total(); };
  const Bar& most = *std::max_element(bars.begin(), bars.end(), by_total);
  const Bar& least = *std::min_element(bars.begin(), bars.end(), by_total);
  if (bars.size() == 1) return fmt::format("{} {}.", significant(most.total(), 3), unit);
  return fmt::format("From {} {} ({}) to {} ({}).", significant(least.total(), 3), unit, least.name,
                     significant(most.total(), 3), most.name);
}

void add_stack(std::vector<Figure>& figures, const View& view, std::string title,
               const std::string& explanation, Bar (*bar)(const View&, const Group&)) {
  const std::string unit = fmt::format("µs a {}", view.base());
  Stack stack{.title = std::move(title), .axis = unit, .unit = unit, .reading = {}, .bars = {}};
  const auto total = [&](const Group& group) -> std::optional<double> {
    const double us = bar(view, group).total();
    return us > 0 ? std::optional(us) : std::nullopt;
  };
  for (const Group* group : view.ordered(total, false)) stack.bars.push_back(bar(view, *group));
  if (stack.bars.empty()) return;
  stack.reading = range(stack.bars, unit) + " " + explanation;
  figures.push_back(draw_stack(stack));
}

}  // namespace

std::vector<Figure> draw_budget(const View& view) {
  std::vector<Figure> figures;
  add_stack(figures, view, "CPU time",
            "By the kernel's account, with nothing armed where there are such windows.", cpu);
  const bool is_explained = std::any_of(view.recording().runs.begin(), view.recording().runs.end(),
                                        [](const Run& run) { return run.sched.has_value(); });
  if (!figures.empty() && !is_explained)
    figures.back().reading +=
        " In which system call, and where threads wait, is recorded with --level explain.";
  add_stack(figures, view, "On a CPU, or waiting for one",
            "Of all threads together, on a CPU outside of system calls (user), inside of each, and "
            "ready to run with no CPU free.",
            awake);
  add_stack(figures, view, "Asleep",
            "Of all threads together, by the call that they slept in: where many threads wait for "
            "work this is long, and no cost.",
            asleep);
  return figures;
}

}  // namespace msgstat::analysis::html
