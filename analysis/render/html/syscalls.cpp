#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "analysis/metric.hpp"
#include "analysis/render/html/charts.hpp"
#include "analysis/render/html/stacked.hpp"
#include "analysis/render/number.hpp"

namespace msgstat::analysis::html {
namespace {

using render::significant;

constexpr double kWorthANote = 0.01;

std::optional<double> total_of(const View& view, const Group& group) {
  const auto mean = mean_of(group, [&view](const Repeat& repeat) {
    return view.per_base(all_syscalls(repeat.measured), repeat.measured);
  });
  return mean ? std::optional(mean->mean) : std::nullopt;
}

// Entries of io_uring are no calls: they are named beside the bar. "+ io_uring SEND 1.00"
std::string uring_note(const View& view, const Group& group) {
  std::set<std::string> operations;
  for (const Repeat& repeat : group.repeats)
    for (const Run* run : repeat.measured)
      for (const UringEntries& one : run->uring.value_or(std::vector<UringEntries>()))
        operations.insert(one.operation);
  std::string note;
  for (const std::string& operation : operations) {
    const auto mean = mean_of(group, [&](const Repeat& repeat) {
      return view.per_base(uring_entries(repeat.measured, operation), repeat.measured);
    });
    if (mean && mean->mean >= kWorthANote)
      note += fmt::format("{}{} {}", note.empty() ? "+ io_uring " : ", ", operation,
                          significant(mean->mean, 3));
  }
  return note;
}

Bar bar_of(const View& view, const Group& group) {
  Bar bar{.name = View::name(group), .parts = {}, .note = uring_note(view, group)};
  for (const std::string_view family : families())
    for (const CallRate& call : view.calls(group))
      if (family_of(call.name) == family)
        bar.parts.push_back(
            {.label = call.name, .value = call.mean, .classes = view.colors().classes(call.name)});
  return bar;
}

std::string reading(const View& view, const std::vector<Bar>& bars) {
  const auto by_total = [](const Bar& a, const Bar& b) { return a.total() < b.total(); };
  const Bar& most = *std::max_element(bars.begin(), bars.end(), by_total);
  const Bar& least = *std::min_element(bars.begin(), bars.end(), by_total);
  const Part& top =
      *std::max_element(most.parts.begin(), most.parts.end(),
                        [](const Part& a, const Part& b) { return a.value < b.value; });
  const std::string most_are =
      fmt::format("{}, {} a {}", top.label, significant(top.value, 3), view.base());
  if (bars.size() == 1)
    return fmt::format("{} makes {} system calls a {}; most are {}.", most.name,
                       significant(most.total(), 3), view.base(), most_are);
  return fmt::format("From {} system calls a {} ({}) to {} ({}), most of these {}.",
                     significant(least.total(), 3), view.base(), least.name,
                     significant(most.total(), 3), most.name, most_are);
}

}  // namespace

std::vector<Figure> draw_syscalls(const View& view) {
  Stack stack{.title = "System calls",
              .axis = fmt::format("calls a {}", view.base()),
              .unit = fmt::format("a {}", view.base()),
              .reading = {},
              .bars = {}};
  const auto total = [&view](const Group& group) { return total_of(view, group); };
  for (const Group* group : view.ordered(total, false)) {
    stack.bars.push_back(bar_of(view, *group));
    if (stack.bars.back().parts.empty()) stack.bars.pop_back();
  }
  if (stack.bars.empty()) return {};
  stack.reading = reading(view, stack.bars);
  Figure figure = draw_stack(stack);
  figure.title.clear();
  return {figure};
}

}  // namespace msgstat::analysis::html
