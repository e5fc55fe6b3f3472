#include "analysis/findings/rules.hpp"

#include <fmt/format.h>

#include "analysis/findings/figures.hpp"

namespace msgstat::analysis {
namespace {

constexpr double kEachUnit = 0.4;
constexpr double kEachSecond = 2000;

std::vector<Finding> judge(const Run& run) {
  const double vain = errors_of(
      run, {"recvfrom", "recvmsg", "read", "readv", "recvmmsg", "accept4", "accept"}, "EAGAIN");
  if (!is_frequent(run, vain, kEachUnit, kEachSecond)) return {};
  Finding finding{.severity = "medium"};
  finding.title = fmt::format("{} receives find nothing (EAGAIN)", each(run, vain));
  finding.evidence = {{"receives_in_vain_per_" + base_name(run), per_base(run, vain)}};
  finding.why =
      "The program tries to receive before it waits, or once more after it has all: a system call "
      "for nothing.";
  finding.try_this = {
      "wait for readiness first: asyncio's transports (Protocol or streams) in the place of "
      "loop.sock_recv",
      "stop after a receive that did not fill the buffer; make the buffer larger than the message"};
  return {finding};
}

}  // namespace

const Rule kSpeculativeReceives = {
    .id = "speculative-receives",
    .looks_for = "receives that find nothing (EAGAIN)",
    .threshold = "0.4 a unit, or 2,000/s without a unit",
    .source = "asyncio_sock, gevent, Go: one in vain for each message",
    .needs = "level counts",
    .judge = judge};

}  // namespace msgstat::analysis
