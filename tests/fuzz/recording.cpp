// Recordings: what is read is written so that it reads the same, and every format prints it.
#include "analysis/recording.hpp"

#include <cstdlib>
#include <string>

#include "analysis/render/format.hpp"
#include "tests/fuzz/input.hpp"
#include "tracer/error.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace msgstat::analysis;
  try {
    const Recording recording = from_json(fuzz::text(data, size), "fuzz");
    const std::string written = to_json(recording);
    if (to_json(from_json(written, "fuzz")) != written) std::abort();
    for (const Format& format : formats()) static_cast<void>(format.render(recording, {}));
  } catch (const msgstat::Error&) {
    return 0;
  }
  return 0;
}
