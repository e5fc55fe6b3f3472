#include "analysis/counter_state.hpp"

namespace msgstat::analysis {
namespace {

struct Row {
  CounterState state;
  std::string_view name;
  std::string_view text;
};

constexpr Row kRows[] = {
    {CounterState::kCounted, "counted", ""},
    {CounterState::kScaled, "scaled", ""},
    {CounterState::kNotCounted, "not_counted", "<not counted>"},
    {CounterState::kNotSupported, "not_supported", "<not supported>"},
    {CounterState::kNotPermitted, "not_permitted", "<not permitted>"},
};

const Row& row_of(CounterState state) {
  for (const Row& row : kRows)
    if (row.state == state) return row;
  return kRows[2];
}

}  // namespace

std::string_view counter_state_name(CounterState state) { return row_of(state).name; }

std::optional<CounterState> find_counter_state(std::string_view name) {
  for (const Row& row : kRows)
    if (row.name == name) return row.state;
  return std::nullopt;
}

std::string_view counter_state_text(CounterState state) { return row_of(state).text; }

}  // namespace msgstat::analysis
