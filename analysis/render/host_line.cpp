#include "analysis/render/host_line.hpp"

#include <fmt/format.h>

#include "analysis/printable.hpp"

namespace msgstat::analysis::render {

std::string host_line(const Host& host) {
  std::string line = fmt::format("Linux {}, {}, {} CPU{}", printable(host.kernel),
                                 printable(host.arch), host.cpus, host.cpus == 1 ? "" : "s");
  if (host.virtualized) line += ", virtual machine (" + printable(*host.virtualized) + ")";
  line += host.pmu ? ", PMU " + printable(*host.pmu) : ", no hardware PMU";
  return line;
}

}  // namespace msgstat::analysis::render
