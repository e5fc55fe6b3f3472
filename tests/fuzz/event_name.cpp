// Names of events: each is an event, or one line of bad usage.
#include <cstdlib>

#include "tests/fuzz/input.hpp"
#include "tracer/error.hpp"
#include "tracer/perf/event.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const std::string_view name = fuzz::text(data, size);
    if (msgstat::tracer::find_event(name).name != name) std::abort();
  } catch (const msgstat::UsageError&) {
    return 0;
  }
  return 0;
}
