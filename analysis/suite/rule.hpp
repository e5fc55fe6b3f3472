// When a figure of ours agrees with one of theirs. Pure; any thread.
//
// Ours comes as an interval, which without repeats is one point. A rule looks at nothing but that
// interval and their figure, and says in its sentence what it does.
#pragma once

namespace msgstat::analysis::suite {

struct Rule {
  const char* name;      // one word, printed beside each verdict
  const char* sentence;  // printed once
  bool (*agrees)(double theirs, double low, double high);
};

// A ratio that the program's text fixes: calls per message of a loop.
extern const Rule kFixed;
// One that the scheduler, the load or a batch decides: its order of magnitude.
extern const Rule kMagnitude;
// A change of speed: which way, not how far.
extern const Rule kDirection;
// A change of speed: how far.
extern const Rule kFactor;
// A part of a whole.
extern const Rule kShare;

}  // namespace msgstat::analysis::suite
