// What a summary says of a group of runs, one figure a column. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "analysis/group.hpp"

namespace msgstat::analysis::render {

struct SummaryColumn {
  const char* heading;                      // "k msg/s"
  const char* unit;                         // "us/msg"; may be empty
  std::string (*cell)(const Group& group);  // "-" for what was not measured
};

// `repeated`: with the interval of the throughput.
std::vector<SummaryColumn> summary_columns(bool repeated);

}  // namespace msgstat::analysis::render
