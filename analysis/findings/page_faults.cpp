#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kEachUnit = 1;
constexpr double kEachSecond = 20000;

std::vector<Finding> judge(const Run& run) {
  double faults = 0;
  for (const Counter& counter : run.counters)
    if (counter.name == "page-faults") faults = counter.value.value_or(0);
  if (!is_frequent(run, faults, kEachUnit, kEachSecond)) return {};
  Finding finding{.severity = "medium"};
  finding.title = fmt::format("{} page faults", each(run, faults));
  finding.evidence = {{"page_faults_per_" + base_name(run), per_base(run, faults)}};
  finding.why =
      "Memory is given back to the kernel and taken again: each page is faulted in and cleared "
      "anew.";
  finding.try_this = {"MALLOC_TRIM_THRESHOLD_=4194304 MALLOC_TOP_PAD_=4194304 in the environment",
                      "keep buffers"};
  return {finding};
}

}  // namespace

const Rule kPageFaults = {
    .id = "page-faults",
    .looks_for = "memory touched for the first time again and again",
    .threshold = "1 page fault a unit, or 20,000/s without a unit",
    .source = "a server that has its memory makes next to none: under 0.01 a message in cpp_epoll",
    .needs = "level counts",
    .judge = judge};

}  // namespace msgstat::analysis
