#include "tests/kernel/measured_actor.hpp"

#include <fcntl.h>

#include "tests/support/paths.hpp"

namespace kernel_test {
namespace {

support::Options with_agent(const msgstat::tracer::AgentClient& agent) {
  ::fcntl(agent.inherited_fd(), F_SETFD, 0);
  support::Options options;
  for (const auto& [name, value] : agent.environment()) options.env[name] = value;
  return options;
}

}  // namespace

MeasuredActor::MeasuredActor(std::vector<std::string> events)
    : agent_(std::in_place, support::build_directory() / "libexec/msgstat/libmsgstat-agent.so",
             std::move(events)),
      actor_(with_agent(*agent_)) {
  agent_->wait_until_ready();
}

}  // namespace kernel_test
