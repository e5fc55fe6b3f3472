// The work of one load thread: an epoll loop, edge triggered, over its share of
// the connections. On the way of a message there is one recv, one send and a
// clock reading; nothing is allocated and no lock is taken.
#pragma once

#include <sys/epoll.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "servers/load/connection.hpp"
#include "servers/load/destination.hpp"
#include "servers/load/gates.hpp"
#include "servers/load/message.hpp"
#include "servers/load/opener.hpp"
#include "servers/load/options.hpp"
#include "servers/load/publisher.hpp"
#include "servers/load/schedule.hpp"

namespace load {

// What every thread of a run works with; outlives them all. Read-only, but for
// the blocks and words that the publisher hands out.
struct Plan {
  const Options& options;
  const Destination& destination;
  const Messages& messages;
  const Publisher& publisher;
  const Gates& gates;
};

// Belongs to one thread.
class Loop {
 public:
  // Has block `thread` of all, and an even share of the connections.
  Loop(const Plan& plan, std::size_t thread);

  // Opens the connections, tells the coordinator (kReady), waits for the start
  // and loads the server until the stop gate opens; kFinished when a limit of
  // messages is reached before. Throws ConnectionError or Error.
  void run();

 private:
  enum class Mode { kOpening, kClosedLoop, kOpenLoop };

  void watch(const Gate& gate, std::uint64_t tag);
  void wait_for_events();
  [[nodiscard]] std::int64_t wake_at_ns() const noexcept;
  void on_event(const epoll_event& event);
  [[noreturn]] void on_hang_up(Connection& connection);
  void start();

  void begin(Connection& connection, std::int64_t since_ns);
  void send_rest(Connection& connection);
  void receive(Connection& connection);
  void receive_unasked(const Connection& connection);
  void complete(Connection& connection);
  void begin_when_due(Connection& connection, std::int64_t now);
  void send_due();
  // Throws when a message that was in flight at the last look still is.
  void look_for_lost(std::int64_t now);
  void set_phase(ThreadPhase phase) noexcept;

  const Plan& plan_;
  ThreadBlock& block_;
  std::span<Word> published_;  // messages of each of my connections
  std::vector<Connection> connections_;
  FileDescriptor epoll_;
  Opener opener_;

  const std::size_t message_bytes_;
  const std::uint64_t message_limit_;
  const std::int64_t timeout_ns_;
  std::int64_t next_look_ns_ = std::numeric_limits<std::int64_t>::max();
  Mode mode_ = Mode::kOpening;
  bool stopped_ = false;
  bool hung_up_ = false;           // what is received is the last
  std::size_t unfinished_;         // connections below the limit
  std::vector<std::byte> buffer_;  // of one recv
  std::vector<epoll_event> events_;

  std::optional<Schedule> schedule_;  // open loop only
  std::size_t cursor_ = 0;            // place of the next connection that is due
  std::uint64_t round_ = 0;           // and the number of its message
};

}  // namespace load
