// Counts as `perf stat -x` and `perf stat -j` print them, so that what reads perf's output reads
// ours (perf-stat(1), "CSV FORMAT", "JSON FORMAT"): of stat, and of report --to perf-json. perf's
// place for a metric holds the ratio per unit. Where a recording has several labels or arms, an
// event is named LABEL/ARM:EVENT. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "analysis/recording.hpp"

namespace msgstat::analysis {

struct PerfLineOptions {
  std::string separator = ",";  // of the CSV
  // Only what perf itself would print: names as it spells them, no state that it does not have.
  // Otherwise a system call is "syscall:NAME", and the units have lines of their own.
  bool strict = false;
};

// value,unit,event[,variance],run time,percentage of it counted,ratio,per what
// before that the time at the end of a lap. Laps are printed one by one, repeats as their mean.
std::string perf_stat_csv(const Recording& recording, const PerfLineOptions& options);
// One object a line, strict; what has no ratio has "nan" for it.
std::string perf_stat_json(const Recording& recording);

}  // namespace msgstat::analysis
