// What machine this is, as far as results depend on it. Reads only; any thread.
#pragma once

#include <optional>
#include <string>

namespace msgstat::tracer {

struct HostDescription {
  std::string kernel;                      // uname(2)'s release
  std::string arch;                        // uname(2)'s machine
  unsigned cpus = 0;                       // online
  std::optional<std::string> pmu;          // name of the CPU's hardware PMU, when one counts cycles
  std::optional<std::string> virtualized;  // the hypervisor, when there is one
};

HostDescription describe_host();

}  // namespace msgstat::tracer
