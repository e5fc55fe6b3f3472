// One case of the bench: a fresh server under load, and a bare and a measured run of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/recording.hpp"
#include "cli/bench/settings.hpp"
#include "cli/interrupt.hpp"

namespace msgstat::cli {

struct CaseRuns {
  std::vector<analysis::Run> runs;  // bare, measured
  bool interrupted = false;         // a signal cut the windows short
};

// Windows in turn on the one server: half of the duration bare, all of it measured, half bare
// again, so that a drift of the machine falls on both. The bare halves make one run. Throws Error
// when the server or the load generator fails, Interrupted.
CaseRuns run_case(const Settings& settings, const std::vector<std::string>& events,
                  const Interrupt& interrupt);

}  // namespace msgstat::cli
