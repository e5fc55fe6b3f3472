// A model's server process, and the windows on it: in process through the agent when the program
// is dynamically linked, else attached from outside. Owned and used by one thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/bench/child_process.hpp"
#include "cli/bench/settings.hpp"
#include "cli/bench/watch.hpp"
#include "tracer/agent/client.hpp"
#include "tracer/collector.hpp"
#include "tracer/error.hpp"

namespace msgstat::cli {

class Server {
 public:
  // Starts it, and waits until it listens. `units_fd`: the file that windows count the units in.
  // Throws Error when it does not come up, Interrupted when a signal comes first.
  Server(const Settings& settings, const std::vector<std::string>& events, int units_fd,
         const Interrupt& interrupt);

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] ChildProcess& process() { return child_; }
  [[nodiscard]] const std::vector<std::string>& command() const { return command_; }

  // CPU time of the process, its threads and children so far.
  [[nodiscard]] CpuTime cpu_time() const;
  // Resident now, with its children (proc(5), VmRSS).
  [[nodiscard]] std::uint64_t resident_bytes() const;

  // `units.fd` is ignored: the units are counted in the file that the server was started with.
  void open(UnitCounterLocation units);
  Window close();
  // As Collector::poll(): to be called now and then in a window. Absent: no need.
  [[nodiscard]] std::function<bool()> poller();

 private:
  // What the collector says of a server that has died is less than what its parent knows.
  template <typename Action>
  auto explain_end(const Action& action) {
    try {
      return action();
    } catch (const Error&) {
      throw_if_ended({&child_});
      throw;
    }
  }
  void wait_for_agent(const Interrupt& interrupt);
  std::uint16_t read_port(const Interrupt& interrupt);

  int units_fd_;
  std::vector<std::string> command_;
  std::optional<tracer::AgentClient> agent_;
  ChildProcess child_;
  std::optional<Collector> collector_;
  std::uint16_t port_ = 0;
};

}  // namespace msgstat::cli
