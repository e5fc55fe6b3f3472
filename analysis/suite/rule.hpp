// When a figure of ours agrees with one of theirs. Pure; any thread.
//
// A rule makes a range of their figure, and ours comes as an interval, which without repeats is one
// point. Ours agrees when all of the interval is in the range, differs when none of it is, and is
// open when it is too wide to say.
#pragma once

namespace msgstat::analysis::suite {

struct Range {
  double least = 0;
  double most = 0;
};

struct Rule {
  const char* name;      // one word, printed beside each verdict
  const char* sentence;  // printed once
  Range (*range)(double theirs);
};

enum class Verdict { kAgrees, kDiffers, kOpen };

Verdict judge(const Rule& rule, double theirs, double low, double high);

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
