// `msgstat stat`: what it does, once its options are read.
#pragma once

#include "cli/stat/options.hpp"

namespace msgstat::cli {

// Measures, prints, and returns the exit status: the command's own, or 0. Throws Error.
int stat(const StatOptions& options);

}  // namespace msgstat::cli
