// A server on CPU 0 under a closed loop of 200 connections and 64 bytes from CPU 1, for as long as
// the object lives; on a machine with one CPU both share it. Or
// both run on any CPU.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/bench/child_process.hpp"
#include "cli/interrupt.hpp"
#include "servers/load/published.hpp"
#include "tracer/agent/client.hpp"

namespace bench {

struct Speed {
  double messages_per_s = 0;
  double server_us = 0;    // CPU time a message
  double load_us = 0;      // of the load generator
  double server_busy = 0;  // of a CPU
  double load_busy = 0;
};

class LoadedServer {
 public:
  static constexpr int kConnections = 200;

  enum class Cpus { kApart, kAny };

  // `command` without HOST PORT BUFFER_BYTES; with `agent`, which is preloaded, or null. Throws
  // msgstat::Error when it does not come up.
  LoadedServer(const std::string& name, std::vector<std::string> command,
               std::vector<std::pair<std::string, std::string>> environment,
               const msgstat::cli::Interrupt& interrupt,
               const msgstat::tracer::AgentClient* agent = nullptr, Cpus cpus = Cpus::kApart);

  [[nodiscard]] pid_t pid() const { return server_.pid(); }

  // Over one window, after a little to settle.
  Speed measure();
  // Where the load generator publishes how many messages it has had back.
  [[nodiscard]] msgstat::UnitCounterLocation messages_location() const;

 private:
  std::string read_port();
  // Until `reached`; without one, for all of `time`.
  void pass(std::chrono::nanoseconds time, const std::function<bool()>& reached);

  const msgstat::cli::Interrupt& interrupt_;
  load::FileDescriptor published_;
  msgstat::cli::ChildProcess server_;
  std::optional<msgstat::cli::ChildProcess> load_;
  std::optional<load::PublishedCounts> counts_;
};

}  // namespace bench
