// Where calls come from, as text: what rules and the explanation print of stacks. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "analysis/recording.hpp"

namespace msgstat::analysis {

// The place in the program: the innermost lines of Python, else the innermost functions outside of
// the C library. "serve at server.py:13", "hold+0x2e in locks, from main+0x51 in locks"
std::string name_of(const CallSite& site);

// The three that most of the calls came from, with their shares: "WAIT 62 %: serve at
// server.py:13". Empty without samples. Sites that print the same are one.
std::vector<std::string> where(const std::vector<CallSite>& sites);
std::vector<std::string> where(const FutexWord& word);

}  // namespace msgstat::analysis
