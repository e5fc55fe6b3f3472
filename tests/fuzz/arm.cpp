// Arms, and the settings they change: each applies, or is one line of bad usage.
#include <cstdlib>

#include "cli/bench/settings.hpp"
#include "tests/fuzz/input.hpp"
#include "tracer/error.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace msgstat::cli;
  try {
    Settings settings;
    for (const auto& [key, value] : parse_arm(fuzz::text(data, size)).changes)
      apply(settings, key, value);
  } catch (const msgstat::Error& error) {
    if (error.exit_status() != 2) std::abort();
  }
  return 0;
}
