#include "analysis/suite/rule.hpp"

#include <algorithm>
#include <limits>

namespace msgstat::analysis::suite {
namespace {

constexpr double kTolerance = 0.05;
constexpr double kOrder = 3;
constexpr double kAsGoodAsNone = 0.001;
constexpr double kSpeed = 1.5;
constexpr double kPoints = 0.10;
constexpr double kAny = std::numeric_limits<double>::infinity();

}  // namespace

Verdict judge(const Rule& rule, double theirs, double low, double high) {
  const Range range = rule.range(theirs);
  if (low >= range.least && high <= range.most) return Verdict::kAgrees;
  if (high < range.least || low > range.most) return Verdict::kDiffers;
  return Verdict::kOpen;
}

const Rule kFixed = {"fixed", "within 5 % of the deck's figure", [](double theirs) {
                       return Range{theirs * (1 - kTolerance), theirs * (1 + kTolerance)};
                     }};

const Rule kMagnitude = {"magnitude",
                         "within a factor of 3 either way; figures below 0.001 are as good as none",
                         [](double theirs) {
                           if (theirs < kAsGoodAsNone)
                             return Range{-kAny, std::max(kAsGoodAsNone, theirs * kOrder)};
                           return Range{theirs / kOrder, theirs * kOrder};
                         }};

const Rule kDirection = {"direction", "on the deck's side of 1", [](double theirs) {
                           return theirs > 1 ? Range{1, kAny} : Range{-kAny, 1};
                         }};

const Rule kFactor = {"factor", "within a factor of 1.5 either way", [](double theirs) {
                        return Range{theirs / kSpeed, theirs * kSpeed};
                      }};

const Rule kShare = {"share", "within 10 points of 100", [](double theirs) {
                       return Range{theirs - kPoints, theirs + kPoints};
                     }};

}  // namespace msgstat::analysis::suite
