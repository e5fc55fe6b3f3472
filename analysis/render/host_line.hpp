// The machine in one line. Pure; any thread.
#pragma once

#include <string>

#include "analysis/recording.hpp"

namespace msgstat::analysis::render {

// "Linux 6.18.0, x86_64, 2 CPUs, no hardware PMU"
std::string host_line(const Host& host);

}  // namespace msgstat::analysis::render
