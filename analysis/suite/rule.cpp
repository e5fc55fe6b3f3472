#include "analysis/suite/rule.hpp"

namespace msgstat::analysis::suite {
namespace {

constexpr double kTolerance = 0.05;
constexpr double kOrder = 3;
constexpr double kAsGoodAsNone = 0.001;
constexpr double kSpeed = 1.5;
constexpr double kPoints = 0.10;

bool within(double least, double most, double low, double high) {
  return low <= most && high >= least;
}

}  // namespace

const Rule kFixed = {"fixed", "agrees within 5 % of the deck's figure, the interval included",
                     [](double theirs, double low, double high) {
                       return within(theirs * (1 - kTolerance), theirs * (1 + kTolerance), low,
                                     high);
                     }};

const Rule kMagnitude = {
    "magnitude",
    "agrees within a factor of 3 either way, the interval included; figures below 0.001 agree with "
    "each other",
    [](double theirs, double low, double high) {
      if (theirs < kAsGoodAsNone && low < kAsGoodAsNone) return true;
      return within(theirs / kOrder, theirs * kOrder, low, high);
    }};

const Rule kDirection = {
    "direction", "agrees when all of the interval is on the deck's side of 1",
    [](double theirs, double low, double high) { return theirs > 1 ? low > 1 : high < 1; }};

const Rule kFactor = {"factor", "agrees within a factor of 1.5 either way, the interval included",
                      [](double theirs, double low, double high) {
                        return within(theirs / kSpeed, theirs * kSpeed, low, high);
                      }};

const Rule kShare = {"share", "agrees within 10 points of 100, the interval included",
                     [](double theirs, double low, double high) {
                       return within(theirs - kPoints, theirs + kPoints, low, high);
                     }};

}  // namespace msgstat::analysis::suite
