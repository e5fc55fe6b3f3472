// A recording as tables for a terminal, in the manner of perf stat: every group of runs, and one
// summary of all; of a suite, the summary and its figures beside ours. At most 100 columns, but for
// names that are longer. Pure; any thread.
#pragma once

#include <string>

#include "analysis/recording.hpp"

namespace msgstat::analysis {

struct TextOptions {
  bool color = false;
  // System calls that are rarer, in calls per unit, are folded into one line with their total.
  double fold_below = 0.0005;
};

// The same recording gives the same text, also after it was saved and loaded.
std::string render_text(const Recording& recording, const TextOptions& options = {});

}  // namespace msgstat::analysis
