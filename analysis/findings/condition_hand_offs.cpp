#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"
#include "analysis/findings/lock_waits.hpp"

namespace msgstat::analysis {
namespace {

std::string title_of(const FutexWord& word) {
  return fmt::format("threads take turns by the {} {}", word.lock, name_of(word));
}

std::vector<Finding> judge(const Run& run) {
  const Finding like{
      .severity = "medium",
      .why =
          "Each signal puts one thread to sleep and wakes another: a switch, and often another "
          "CPU, "
          "for every item that is handed over.",
      .try_this = {"hand over several items at once",
                   "let the thread that has the item do the work",
                   "spin briefly before sleeping when the other side answers in microseconds"}};
  return find_lock_waits(run, {"glibc condition variable"}, like, title_of);
}

}  // namespace

const Rule kConditionHandOffs = {.id = "condition-hand-offs",
                                 .looks_for = "threads that wait for each other turn by turn",
                                 .threshold = kLockWaitsThreshold,
                                 .source = kLockWaitsSource,
                                 .needs = "level explain",
                                 .judge = judge};

}  // namespace msgstat::analysis
