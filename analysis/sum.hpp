// Adds windows of one target that follow each other without a gap: the laps of a measurement.
// Pure; any thread.
#pragma once

#include "analysis/recording.hpp"

namespace msgstat::analysis {

// `total` becomes the run over its own window and that of `next`, which begins where it ends.
// Counts add up exactly. What is in flight is that of the outer ends; a counter has a value when it
// has one in both.
void add_next(Run& total, const Run& next);

// The times of the same call in two windows. A percentile of both is the mean of theirs, weighted
// by calls; the maximum is theirs.
void add_time(SyscallTime& total, const SyscallTime& next);

// The threads of both windows, each once.
void add_threads(std::vector<ThreadCounts>& totals, const std::vector<ThreadCounts>& next);
// Of all system calls.
std::uint64_t calls_of(const ThreadCounts& thread);

// The laps of each run as one run; all else as it is.
Recording with_laps_added(const Recording& recording);

}  // namespace msgstat::analysis
