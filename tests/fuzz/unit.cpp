// Units of work by expression: each is of one kind, whose arguments put it together again, or is
// one line of bad usage.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "tests/fuzz/input.hpp"
#include "tracer/error.hpp"
#include "tracer/unit/unit.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace msgstat::tracer;
  const std::string expression(fuzz::text(data, size));
  try {
    const UnitRequest request = parse_unit(expression);
    std::size_t bytes = 0;
    for (const std::string& argument : request.arguments) {
      if (argument.empty() || expression.find(argument) == std::string::npos) std::abort();
      bytes += argument.size();
    }
    if (bytes > expression.size() ||
        std::ranges::count(expression, ':') != std::ranges::count(request.kind->form, ':'))
      std::abort();
  } catch (const msgstat::UsageError&) {
    return 0;
  }
  return 0;
}
