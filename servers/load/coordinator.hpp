// Leads a run through its states: starts the crew, opens the gates, takes the
// two snapshots. Makes no load itself. Belongs to one thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "servers/load/crew.hpp"

namespace load {

class Coordinator {
 public:
  // `publisher` is the plan's; `counts` reads what it publishes; `stop_fd` as run() has it.
  Coordinator(const Plan& plan, Publisher& publisher, const PublishedCounts& counts, int stop_fd);

  // Throws Error when the crew cannot be started.
  Result run(std::size_t processes);

 private:
  using Clock = std::chrono::steady_clock;
  enum class Wake { kReached, kStopped, kFailed };

  void lead();
  // Until `reached`, the deadline (reached too), a stop or a failure.
  Wake wait(const std::function<bool()>& reached, std::optional<Clock::time_point> deadline);
  [[nodiscard]] bool all_in(std::initializer_list<ThreadPhase> phases) const;
  [[nodiscard]] bool find_failure();

  const Plan& plan_;
  Publisher& publisher_;
  const PublishedCounts& counts_;
  int stop_fd_;
  std::optional<Processes> processes_;
  std::optional<Threads> threads_;
  std::optional<std::string> failure_;
  Snapshot open_;
  Snapshot close_;
};

}  // namespace load
