// A recording in the JSON of Google Benchmark, for its tools/compare.py: a benchmark for each
// label in each arm, a repetition for each repeat, an iteration for each unit; real_time and
// cpu_time are ns of a unit, counts of a unit are user counters. Pure; any thread.
#pragma once

#include <string>

#include "analysis/recording.hpp"

namespace msgstat::analysis {

std::string render_benchmark_json(const Recording& recording);

}  // namespace msgstat::analysis
