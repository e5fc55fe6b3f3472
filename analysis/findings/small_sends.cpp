#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kEachUnit = 1.8;

std::vector<Finding> judge(const Run& run) {
  const double sends =
      calls_of(run, {"sendto", "sendmsg", "write", "writev", "sendmmsg", "pwritev"});
  const auto ratio = per_unit(run, sends);
  if (!ratio || *ratio < kEachUnit) return {};
  Finding finding{.severity = "medium"};
  finding.title = fmt::format("{:.2f} sends for each {}", *ratio, run.unit->name);
  finding.evidence = {{"sends_per_" + base_name(run), *ratio}};
  finding.why =
      "The answer leaves in pieces: each is a system call, and with TCP_NODELAY a packet.";
  finding.try_this = {"gather the pieces: writev(2), MSG_MORE, a buffered writer"};
  return {finding};
}

}  // namespace

const Rule kSmallSends = {.id = "small-sends",
                          .looks_for = "several sends for one unit",
                          .threshold = "1.8 sends a unit",
                          .source = "one writev(2) or a buffer sends a message whole",
                          .needs = "level counts",
                          .judge = judge};

}  // namespace msgstat::analysis
