#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"
#include "analysis/findings/lock_waits.hpp"

namespace msgstat::analysis {
namespace {

std::string title_of(const FutexWord& word) {
  return fmt::format("threads wait for the slowest of them at the {} {}", word.lock, name_of(word));
}

std::vector<Finding> judge(const Run& run) {
  const Finding like{.severity = "medium",
                     .why =
                         "Nobody goes on before the last has come: all pay for the slowest, and "
                         "for being woken at "
                         "once.",
                     .try_this = {"give each thread the same amount of work", "meet less often",
                                  "no more threads than CPUs: taskset, or the pool's size"}};
  return find_lock_waits(run, {"glibc barrier"}, like, title_of);
}

}  // namespace

const Rule kBarrierWaits = {.id = "barrier-waits",
                            .looks_for = "threads that wait for the slowest",
                            .threshold = kLockWaitsThreshold,
                            .source = kLockWaitsSource,
                            .needs = "level explain",
                            .judge = judge};

}  // namespace msgstat::analysis
