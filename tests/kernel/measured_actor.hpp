// An actor with the agent in it, measured in process.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/kernel/actor.hpp"
#include "tracer/agent/client.hpp"

namespace kernel_test {

class MeasuredActor {
 public:
  explicit MeasuredActor(std::vector<std::string> events = {"task-clock"});

  [[nodiscard]] Actor& actor() { return actor_; }
  [[nodiscard]] msgstat::tracer::AgentClient& agent() { return *agent_; }
  // Closes the controller's end, as its death does.
  void drop_agent() { agent_.reset(); }

 private:
  std::optional<msgstat::tracer::AgentClient> agent_;
  Actor actor_;
};

}  // namespace kernel_test
