#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"
#include "analysis/findings/lock_waits.hpp"

namespace msgstat::analysis {
namespace {

std::string title_of(const FutexWord& word) {
  return fmt::format("{} {} is fought over{}", word.lock, name_of(word), owner_clause(word));
}

std::vector<Finding> judge(const Run& run) {
  const Finding like{
      .severity = "high",
      .why =
          "Threads find the lock taken and sleep until the holder wakes them. What a message costs "
          "is not the lock but the sleep, the wake-up and the switch.",
      .try_this = {"hold it for less: move system calls and copies out of the locked part",
                   "split it: a lock for each connection or shard",
                   "fewer threads than CPUs: threads that do not run together do not meet"}};
  return find_lock_waits(
      run,
      {"glibc mutex", "malloc arena", "stdio lock", "glibc rwlock", "priority-inheriting mutex"},
      like, title_of);
}

}  // namespace

const Rule kContendedLock = {.id = "contended-lock",
                             .looks_for = "a lock that threads queue for",
                             .threshold = kLockWaitsThreshold,
                             .source = kLockWaitsSource,
                             .needs = "level explain",
                             .judge = judge};

}  // namespace msgstat::analysis
