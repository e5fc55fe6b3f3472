// The controller's side of an agent: prepares a child to be measured in process, then opens and
// closes windows in it. Not thread safe.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tracer/agent/protocol.hpp"
#include "tracer/fd.hpp"
#include "tracer/window.hpp"

namespace msgstat::tracer {

class AgentClient {
 public:
  // `library`: the preload library. `events` and `level`: as CollectorOptions has them.
  AgentClient(std::filesystem::path library, std::vector<std::string> events,
              Level level = Level::kCounts);

  // What the child's environment needs, NAME and VALUE; and the descriptor that it must inherit
  // under its present number.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> environment() const;
  [[nodiscard]] int inherited_fd() const { return child_end_.get(); }

  // To be called once the child has started: from then on its end is the end of the agent.
  void release_child_end() { child_end_.reset(); }
  // Readable when the agent has answered, or is gone.
  [[nodiscard]] int answer_fd() const { return our_end_.get(); }
  // Waits until the agent can measure, which is before the child's main(). Throws Error when it
  // cannot, is of another build than we are, or when the child has ended.
  void wait_until_ready();

  // `units` are counted from here on; their descriptor is ours, and the agent gets a copy.
  void open(const std::optional<UnitCounterLocation>& units);
  Window close();

 private:
  Answer exchange(const Request& request);
  std::string read_line();

  std::filesystem::path library_;
  std::vector<std::string> events_;
  Level level_;
  Fd our_end_;
  Fd child_end_;
  std::optional<LineSocket> socket_;
};

}  // namespace msgstat::tracer
