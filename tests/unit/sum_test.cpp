// Laps that follow each other make the window that they are of.
#include "analysis/sum.hpp"

#include <gtest/gtest.h>

namespace {

using msgstat::CounterState;
using msgstat::analysis::add_counter;
using msgstat::analysis::Counter;

Counter counted(double value, double running = 1) {
  return {.name = "cycles",
          .state = running < 1 ? CounterState::kScaled : CounterState::kCounted,
          .value = value,
          .running = running};
}

Counter uncounted(const std::string& reason, double running) {
  return {.name = "cycles", .running = running, .reason = reason};
}

const Counter kIdle = uncounted("no thread of it ran", 1);
const Counter kStarved = uncounted("the counter never got to run", 0);

Counter sum(Counter total, const Counter& next) {
  add_counter(total, next, 0.25);
  return total;
}

TEST(AddCounter, ALapInWhichNothingRanAddsNothing) {
  EXPECT_EQ(sum(counted(5), kIdle), counted(5));
  EXPECT_EQ(sum(kIdle, counted(5)), counted(5));
  EXPECT_EQ(sum(kIdle, kIdle), kIdle);
}

TEST(AddCounter, ALapThatWasNotCountedTakesTheTotalAway) {
  for (const Counter& total : {sum(counted(5), kStarved), sum(kStarved, counted(5)),
                               sum(kStarved, kIdle), sum(kIdle, kStarved)}) {
    EXPECT_FALSE(total.value.has_value());
    EXPECT_EQ(total.reason, kStarved.reason);
  }
}

TEST(AddCounter, APartThatIsScaledMakesTheTotalScaled) {
  EXPECT_EQ(sum(counted(5), counted(3, 0.5)), counted(8, 0.875));
}

}  // namespace
