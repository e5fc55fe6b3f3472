// One connection of the C++ models that wait for readiness: its descriptor, and what was received
// and could not be sent yet. While there is such a rest nothing is received, so a peer that does
// not read is held back and not buffered. The descriptor is nonblocking, and closed with the
// object.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace echo {

// What to wait for. kMore: the same as kReceive, but it may be there already.
enum class Next { kReceive, kMore, kSend, kClose };

class Connection {
 public:
  Connection() = default;
  explicit Connection(int fd) : fd_(fd) {}
  Connection(Connection&& other) noexcept { *this = std::move(other); }
  Connection& operator=(Connection&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(rest_, other.rest_);
    return *this;
  }
  ~Connection() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] int fd() const { return fd_; }

  // The descriptor is ready: one recv and one write, or one write of the rest.
  Next serve(std::span<char> buffer) {
    if (!rest_.empty()) return send_rest();
    const ssize_t received = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (received == 0) return Next::kClose;
    if (received < 0) return errno == EAGAIN ? Next::kReceive : Next::kClose;
    const std::span<char> message = buffer.first(static_cast<std::size_t>(received));
    const ssize_t sent = ::write(fd_, message.data(), message.size());
    if (sent == received) return message.size() < buffer.size() ? Next::kReceive : Next::kMore;
    if (sent < 0 && errno != EAGAIN) return Next::kClose;
    rest_.assign(message.begin() + (sent < 0 ? 0 : sent), message.end());
    return Next::kSend;
  }

 private:
  Next send_rest() {
    const ssize_t sent = ::write(fd_, rest_.data(), rest_.size());
    if (sent < 0) return errno == EAGAIN ? Next::kSend : Next::kClose;
    rest_.erase(rest_.begin(), rest_.begin() + sent);
    return rest_.empty() ? Next::kMore : Next::kSend;
  }

  int fd_ = -1;
  std::vector<char> rest_;
};

}  // namespace echo
