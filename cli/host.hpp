// This machine, for a recording.
#pragma once

#include "analysis/recording.hpp"

namespace msgstat::cli {

analysis::Host describe_host();

}  // namespace msgstat::cli
