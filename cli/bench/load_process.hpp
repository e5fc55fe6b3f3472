// The load generator as a child: `msgstat load` with its counts in a file that we read too. Owned
// and used by one thread.
#pragma once

#include <cstdint>

#include "cli/bench/child_process.hpp"
#include "cli/bench/settings.hpp"
#include "cli/interrupt.hpp"
#include "servers/load/published.hpp"
#include "tracer/collector.hpp"

namespace msgstat::cli {

class LoadProcess {
 public:
  // Starts it against the port of 127.0.0.1, and waits until all connections are up and warm.
  // `published_fd`: an empty load::make_published_file(). `server` is watched meanwhile. Throws
  // Error when either fails, Interrupted when a signal comes first.
  LoadProcess(const Settings& settings, std::uint16_t port, int published_fd, ChildProcess& server,
              const Interrupt& interrupt);

  [[nodiscard]] ChildProcess& process() { return child_; }
  [[nodiscard]] load::Snapshot snapshot() const { return counts_.snapshot(); }
  // Completed messages so far. Cheap.
  [[nodiscard]] std::uint64_t messages() const { return counts_.messages(); }
  // Where the completed messages are counted, without the descriptor.
  [[nodiscard]] UnitCounterLocation units() const;

 private:
  load::PublishedCounts wait_for_counts(int published_fd, ChildProcess& server,
                                        const Interrupt& interrupt);
  void wait_until_steady(const Settings& settings, ChildProcess& server,
                         const Interrupt& interrupt);

  ChildProcess child_;
  load::PublishedCounts counts_;
};

}  // namespace msgstat::cli
