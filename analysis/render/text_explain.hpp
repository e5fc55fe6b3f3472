// Why a run costs what it costs, as text: its findings in the order of cost, the time budget of a
// unit, and the futex words. Pure; any thread.
#pragma once

#include <string>

#include "analysis/recording.hpp"
#include "analysis/render/text.hpp"

namespace msgstat::analysis {

// Of every measured run, by the rules as they are now.
std::string render_explanation(const Recording& recording, const TextOptions& options = {});

}  // namespace msgstat::analysis
