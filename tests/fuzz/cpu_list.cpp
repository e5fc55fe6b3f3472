// Lists of CPUs: what parses is printed as a list that parses to the same CPUs.
#include <cstdlib>

#include "tests/fuzz/input.hpp"
#include "tracer/error.hpp"
#include "tracer/target/cpu_list.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace msgstat::tracer;
  try {
    const CpuList cpus = parse_cpu_list(fuzz::text(data, size));
    if (cpus.empty() || parse_cpu_list(to_string(cpus)) != cpus) std::abort();
  } catch (const msgstat::UsageError&) {
    return 0;
  }
  return 0;
}
