// The words for what became of a counter, as recordings and tables write them. Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "tracer/window.hpp"

namespace msgstat::analysis {

// "counted", "scaled", "not_counted", "not_supported", "not_permitted".
std::string_view counter_state_name(CounterState state);
std::optional<CounterState> find_counter_state(std::string_view name);
// As perf stat prints it in the place of a value: "<not supported>". Empty when there is a value.
std::string_view counter_state_text(CounterState state);

}  // namespace msgstat::analysis
