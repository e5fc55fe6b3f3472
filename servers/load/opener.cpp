#include "servers/load/opener.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace load {
namespace {

constexpr unsigned kAttempts = 6;
constexpr std::int64_t kRetryAfterNs = 20'000'000;

// What may pass by itself: a full queue that answers with a reset, ports that
// are still in TIME_WAIT, buffers that are short.
constexpr std::array kTransient = {ECONNREFUSED,  ECONNRESET, ETIMEDOUT, EAGAIN,
                                   EADDRNOTAVAIL, ENOBUFS,    EINTR};

}  // namespace

Opener::Opener(const Destination& destination, std::span<Connection> connections,
               ThreadBlock& block, int epoll_fd, std::size_t at_once, std::int64_t timeout_ns)
    : destination_(destination),
      connections_(connections),
      block_(block),
      epoll_fd_(epoll_fd),
      at_once_(at_once),
      timeout_ns_(timeout_ns),
      progress_ns_(now_ns()) {}

void Opener::advance(std::int64_t now) {
  if (complete()) return;
  if (now - progress_ns_ > timeout_ns_) throw_timed_out();
  while (!retries_.empty() && retries_.front().due_ns <= now && pending_ < at_once_) {
    const std::size_t place = retries_.front().place;
    retries_.pop_front();
    open(place);
  }
  while (next_ < connections_.size() && pending_ < at_once_) open(next_++);
}

bool Opener::establish(Connection& connection) {
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(connection.socket.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error == 0) {
    connection.connecting = false;
    return true;
  }
  --pending_;
  retry_or_throw(connection, error);
  return false;
}

void Opener::served(std::int64_t now) {
  --pending_;
  ++served_;
  progress_ns_ = now;
  add(block_.connected, 1);
}

std::int64_t Opener::next_ns() const noexcept {
  const std::int64_t stalled = progress_ns_ + timeout_ns_ + 1;
  return retries_.empty() || pending_ >= at_once_ ? stalled
                                                  : std::min(stalled, retries_.front().due_ns);
}

void Opener::open(std::size_t place) {
  Connection& connection = connections_[place];
  connection.socket = destination_.open_socket(connection.index);
  if (const int error = destination_.connect(connection.socket); error != 0) {
    retry_or_throw(connection, error);
    return;
  }
  connection.connecting = true;
  epoll_event interest{};
  interest.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | static_cast<std::uint32_t>(EPOLLET);
  interest.data.u64 = place;
  if (::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, connection.socket.get(), &interest) != 0)
    throw Error(
        fmt::format("cannot watch connection {}: {}", connection.index, std::strerror(errno)));
  ++pending_;
}

void Opener::retry_or_throw(Connection& connection, int error) {
  connection.socket = FileDescriptor();
  connection.connecting = false;
  const bool transient = std::find(kTransient.begin(), kTransient.end(), error) != kTransient.end();
  if (!transient || ++connection.attempts >= kAttempts)
    throw ConnectionError(ErrorKind::kConnectFailed,
                          fmt::format("cannot connect to {} (connection {}): {}",
                                      destination_.text(), connection.index, std::strerror(error)));
  add(block_.errors[static_cast<std::size_t>(ErrorKind::kConnectRetried)], 1);
  const auto place = static_cast<std::size_t>(&connection - connections_.data());
  retries_.push_back({now_ns() + kRetryAfterNs, place});
}

void Opener::throw_timed_out() const {
  const auto is_pending = [](const Connection& connection) {
    return static_cast<bool>(connection.socket) && connection.messages == 0;
  };
  const auto pending = std::find_if(connections_.begin(), connections_.end(), is_pending);
  const Connection& first = pending == connections_.end() ? connections_.front() : *pending;
  const char* const missing =
      first.connecting || !first.socket
          ? "no connection to {} within {} s (connection {})"
          : "no reply from {} within {} s to the first message of connection {}";
  throw ConnectionError(ErrorKind::kTimedOut,
                        fmt::format(fmt::runtime(missing), destination_.text(),
                                    static_cast<double>(timeout_ns_) / 1e9, first.index));
}

}  // namespace load
