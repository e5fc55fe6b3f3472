// A recording as CSV (RFC 4180): a line for each quantity of each window, with a heading. Pure; any
// thread.
#pragma once

#include <string>

#include "analysis/recording.hpp"

namespace msgstat::analysis {

std::string render_csv(const Recording& recording);

}  // namespace msgstat::analysis
