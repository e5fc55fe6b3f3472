// Brings up the connections of one load thread, a few at a time: a connection
// counts against the few until its first reply has come, so that the server's
// queue of connections to accept cannot overflow (an overflow costs seconds of
// SYN retransmission). Belongs to one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <span>

#include "servers/load/connection.hpp"
#include "servers/load/destination.hpp"
#include "servers/load/publisher.hpp"

namespace load {

class Opener {
 public:
  // `at_once` connections may be on their way. Their sockets are added to the
  // epoll set `epoll_fd`, edge triggered, with the place in `connections` as data.
  Opener(const Destination& destination, std::span<Connection> connections, ThreadBlock& block,
         int epoll_fd, std::size_t at_once, std::int64_t timeout_ns);

  // Opens what may be opened now. Throws ConnectionError when a connect has
  // failed for good, or nothing has come up for the timeout.
  void advance(std::int64_t now);
  // For the first event of a connection: true when it is established, false
  // when it failed and will be tried again. Throws as advance() does.
  bool establish(Connection& connection);
  // The first reply of a connection has come.
  void served(std::int64_t now);

  [[nodiscard]] bool complete() const noexcept { return served_ == connections_.size(); }
  // When advance() must be called again, if nothing happens before.
  [[nodiscard]] std::int64_t next_ns() const noexcept;

 private:
  struct Retry {
    std::int64_t due_ns;
    std::size_t place;
  };

  void open(std::size_t place);
  void retry_or_throw(Connection& connection, int error);
  [[noreturn]] void throw_timed_out() const;

  const Destination& destination_;
  std::span<Connection> connections_;
  ThreadBlock& block_;
  int epoll_fd_;
  std::size_t at_once_;
  std::int64_t timeout_ns_;

  std::size_t next_ = 0;     // place of the next connection never tried
  std::size_t pending_ = 0;  // tried, not served yet, not waiting for a retry
  std::size_t served_ = 0;
  std::int64_t progress_ns_;
  std::deque<Retry> retries_;
};

}  // namespace load
