#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"

namespace msgstat::analysis {
namespace {

std::vector<Finding> judge(const Run& run) {
  std::vector<std::string> spots = run.blind_spots;
  if (run.loss && run.loss->programs_missed > 0)
    spots.push_back(fmt::format("{} runs of the programs were skipped by the kernel",
                                run.loss->programs_missed));
  if (run.futex && run.futex->calls_without_word > 0)
    spots.push_back(fmt::format("{} futex calls are of words that found no room in the table",
                                run.futex->calls_without_word));
  if (run.sched && run.sched->threads_lost > 0)
    spots.push_back(fmt::format("the times of {} threads found no room", run.sched->threads_lost));
  std::vector<Finding> findings;
  findings.reserve(spots.size());
  for (const std::string& spot : spots)
    findings.push_back({.severity = "info",
                        .title = "not seen: " + spot,
                        .why = "The figures above are without it."});
  return findings;
}

}  // namespace

const Rule kBlindSpots = {.id = "blind-spots",
                          .looks_for = "what these figures cannot see",
                          .threshold = "any",
                          .source = "docs/architecture.md, Which calls belong to a window",
                          .needs = "level counts",
                          .judge = judge};

}  // namespace msgstat::analysis
