#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kEachUnit = 0.8;

std::vector<Finding> judge(const Run& run) {
  const double waits = calls_of(
      run, {"epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6"});
  const auto ratio = per_unit(run, waits);
  if (!ratio || *ratio < kEachUnit) return {};
  Finding finding{.severity = "low"};
  finding.title =
      fmt::format("the event loop asks the kernel {:.2f} times a {}", *ratio, run.unit->name);
  finding.evidence = {{"waits_per_" + base_name(run), *ratio}};
  finding.why =
      "Each event is fetched by a call of its own: the load is light, or maxevents is 1, or "
      "several threads share what there is.";
  finding.try_this = {"a larger maxevents, and one loop for more connections"};
  return {finding};
}

}  // namespace

const Rule kSingleEvents = {.id = "single-events",
                            .looks_for = "one event an epoll_wait",
                            .threshold = "0.8 calls of epoll_wait, poll or select a unit",
                            .source =
                                "under load a loop finds many events in a call: 0.01 calls a "
                                "message in cpp_epoll with 200 connections",
                            .needs = "level counts",
                            .judge = judge};

}  // namespace msgstat::analysis
