// A recording as Markdown (CommonMark with tables): a summary, the counts of each group and the
// comparisons. Pure; any thread.
#pragma once

#include <string>

#include "analysis/recording.hpp"

namespace msgstat::analysis {

std::string render_markdown(const Recording& recording);

}  // namespace msgstat::analysis
