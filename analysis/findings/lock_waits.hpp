// Words that threads keep going to sleep on in turn: what the rules on kinds of locks share. Pure;
// any thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/recording.hpp"

namespace msgstat::analysis {

// When find_lock_waits() speaks, and where that comes from, for Rule.
inline constexpr const char* kLockWaitsThreshold =
    "100 hand-offs a second of that word and 0.02 threads asleep on it on average, or 1,000 "
    "a second of what is no mutex";
inline constexpr const char* kLockWaitsSource =
    "a lock taken in turn without waiting makes no futex call at all (futex(7)); a parked worker "
    "makes few; 1,000 hand-offs with two switches each are a hundredth of a CPU";

// A finding for each such word of one of these locks: `like`, with a title and the evidence.
std::vector<Finding> find_lock_waits(const Run& run, std::initializer_list<std::string_view> locks,
                                     const Finding& like,
                                     std::string (*title_of)(const FutexWord& word));

}  // namespace msgstat::analysis
