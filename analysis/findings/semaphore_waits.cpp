#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"
#include "analysis/findings/lock_waits.hpp"

namespace msgstat::analysis {
namespace {

std::string title_of(const FutexWord& word) {
  return fmt::format("threads queue for the {} {}", word.lock, name_of(word));
}

std::vector<Finding> judge(const Run& run) {
  const Finding like{
      .severity = "medium",
      .why = "More threads want a unit than there are units, so each waits for another to post.",
      .try_this = {"more units, if what they guard allows it", "fewer threads",
                   "keep a unit for several items"}};
  return find_lock_waits(run, {"glibc semaphore"}, like, title_of);
}

}  // namespace

const Rule kSemaphoreWaits = {.id = "semaphore-waits",
                              .looks_for = "threads that queue for the units of a semaphore",
                              .threshold = kLockWaitsThreshold,
                              .source = kLockWaitsSource,
                              .needs = "level explain",
                              .judge = judge};

}  // namespace msgstat::analysis
