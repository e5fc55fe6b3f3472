// Adds windows of one target that follow each other without a gap: the laps of a measurement.
// Pure; any thread.
#pragma once

#include "analysis/recording.hpp"

namespace msgstat::analysis {

// `total` becomes the run over its own window and that of `next`, which begins where it ends.
// Counts add up exactly. What is in flight is that of the outer ends.
void add_next(Run& total, const Run& next);

// A counter of both windows, of which the second is that share of the time. It has a value when it
// has one in both, or in one while in the other no thread ran.
void add_counter(Counter& total, const Counter& next, double share);

// The times of the same call in two windows. A percentile of both is the mean of theirs, weighted
// by calls; the maximum is theirs.
void add_time(SyscallTime& total, const SyscallTime& next);

// The threads of both windows, each once; the second is that share of the time.
void add_threads(std::vector<ThreadCounts>& totals, const std::vector<ThreadCounts>& next,
                 double share);
// Of all system calls.
std::uint64_t calls_of(const ThreadCounts& thread);

// The laps of each run as one run; all else as it is.
Recording with_laps_added(const Recording& recording);

}  // namespace msgstat::analysis
