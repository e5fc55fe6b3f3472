// The experiment of a trial: windows on a live process, treated and as it was, in randomised
// blocks. Owned and used by one thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "analysis/recording.hpp"
#include "cli/interrupt.hpp"
#include "cli/trial/originals.hpp"

namespace msgstat::cli {

struct TrialSettings {
  pid_t pid = 0;
  std::vector<ChosenTreatment> treatments;
  std::uint64_t rounds = 10;
  std::chrono::nanoseconds duration = std::chrono::seconds(2);
  std::chrono::nanoseconds settle = std::chrono::milliseconds(500);  // after a change, not measured
  std::uint64_t seed = 0;
  std::vector<std::string> events;
  // What to divide by (CollectorOptions::units). When a window sees none, rates are per second.
  std::string unit = "sock:recv";
};

inline constexpr const char* kUntreated = "as-it-was";
// "pin=0", of several "pin=0,nice=5".
std::string arm_name(const std::vector<ChosenTreatment>& treatments);

// Adds the arms and the runs to `recording`, and `unfinished` when a signal or the target's end cut
// it short. What the target had before has been put back when this returns or throws. Returns what
// should be said: sentences. Throws Error when a treatment fails or the state cannot be put back.
std::vector<std::string> run_trial(const TrialSettings& settings, const Interrupt& interrupt,
                                   analysis::Recording& recording);

}  // namespace msgstat::cli
