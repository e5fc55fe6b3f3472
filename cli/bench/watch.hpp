// Waiting for time to pass or something to happen while children work: ends early when one of them
// does, or when a signal comes.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "cli/bench/child_process.hpp"
#include "cli/interrupt.hpp"

namespace msgstat::cli {

enum class Wake { kReached, kTimeout, kInterrupted };

// Until `reached` (asked every few milliseconds; may be empty), or `time` has passed. Throws Error,
// how_it_ended(), when one of `children` ends first; of several, the first named, so name those
// first whose end makes others end.
Wake wait(std::chrono::nanoseconds time, const std::function<bool()>& reached,
          const std::vector<ChildProcess*>& children, const Interrupt& interrupt);

// Throws Error, how_it_ended(), when one of `children` has ended or is about to, as in wait().
void throw_if_ended(const std::vector<ChildProcess*>& children);

}  // namespace msgstat::cli
