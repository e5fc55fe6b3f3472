#include "cli/host.hpp"

#include "tracer/host.hpp"

namespace msgstat::cli {

analysis::Host describe_host() {
  const tracer::HostDescription host = tracer::describe_host();
  return {.kernel = host.kernel,
          .arch = host.arch,
          .cpus = host.cpus,
          .pmu = host.pmu,
          .virtualized = host.virtualized};
}

}  // namespace msgstat::cli
