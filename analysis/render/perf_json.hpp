// A recording as perf stat -j prints: a line of JSON for each counter and each system call of each
// measured window, what falls on a unit as its metric. Where there are several windows the event is
// named LABEL/ARM/REPEAT:EVENT. perf's own linter counts commas: those in a name are escaped. Pure;
// any thread.
#pragma once

#include <string>

#include "analysis/recording.hpp"

namespace msgstat::analysis {

std::string render_perf_json(const Recording& recording);

}  // namespace msgstat::analysis
