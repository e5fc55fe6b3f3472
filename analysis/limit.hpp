// Limits of `msgstat compare --fail-if`: "futex/msg > +10%", and whether two arms exceed them.
// Pure; any thread.
//
// A limit is exceeded when a one-sided test says so at kLevel, corrected (Holm) for the limits that
// were given: they are named beforehand, so the other quantities do not count.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/compare.hpp"

namespace msgstat::analysis {

struct Limit {
  std::string text;    // as it was given
  std::string metric;  // "futex/msg"
  bool more = true;    // '>'; else '<'
  double change = 0;   // 0.1 is +10 %
};

// "METRIC > +N%" or "METRIC < -N%". Throws UsageError.
Limit parse_limit(std::string_view text);

struct LimitResult {
  Limit limit;
  std::string where;            // which arms
  std::optional<double> ratio;  // as in Comparison
  double p = 1;                 // corrected
  bool is_exceeded = false;
};

// For each limit and each two arms. A system call that neither made stays at 0. Throws UsageError
// for a quantity that is not there or cannot be tested: a limit that is not looked at must not
// pass.
std::vector<LimitResult> check_limits(const std::vector<Limit>& limits,
                                      const std::vector<ArmComparison>& comparisons);

}  // namespace msgstat::analysis
