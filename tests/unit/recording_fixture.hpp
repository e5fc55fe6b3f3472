// A recording with something in every field, for the tests of analysis.
#pragma once

#include "analysis/recording.hpp"

namespace fixture {

// Small enough to be cut at every byte, with every kind of field.
msgstat::analysis::Recording small_recording();

}  // namespace fixture
