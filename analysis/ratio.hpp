// How exact a ratio per unit is, given that the ends of a window are not the ends of units nor of
// calls. Pure; any thread.
//
// With c calls, n units, and at the ends of the window together u units and f calls of which it
// cannot be said on which side they belong, the work of n units took between c - f and c + f calls,
// and between n - u and n + u units were done, so the ratio r = c / n is off by at most
//
//   (c + f) / (n - u) - c / n  =  (f + r u) / (n - u)
//
// u: the generator counts a message when its echo has arrived, the server may be one further on
//    each connection, at either end but with opposite sign; and what was done while the two
//    counters were read (Unit::uncertainty). u = connections + uncertainty.
// f: a call counts where it returns. One in flight at an end has its work on both sides (Loss). The
//    two ends have opposite sign: f = max(open, close), of calls asleep, preempted or on a CPU.
//
// docs/architecture.md, "Which calls belong to a window".
#pragma once

#include <optional>

#include "analysis/group.hpp"

namespace msgstat::analysis {

struct WindowEnds {
  double units = 0;
  double unit_slack = 0;  // u
  double call_slack = 0;  // f
};

// Of several windows: the sums. Nothing without units, or when u is not below n.
std::optional<WindowEnds> window_ends(const Windows& windows);

struct Ratio {
  double value = 0;
  double bound = 0;  // the true ratio is within value ± bound
};

Ratio ratio_per_unit(double calls, const WindowEnds& ends);

}  // namespace msgstat::analysis
