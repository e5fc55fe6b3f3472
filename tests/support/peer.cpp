#include "tests/support/peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace support {
namespace {

constexpr int kPatienceMs = 30'000;
// A server that has not taken a byte for so long is not about to.
constexpr int kHeldMs = 300;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

std::string pattern(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<char>(state >> 24U);
  }
  return bytes;
}

Peer::Peer(std::uint16_t port, int buffer_bytes)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (!fd_.is_open()) fail("socket");
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (buffer_bytes > 0) {
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    fail("connect");
  }
}

void Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      wait_for(POLLOUT);
    } else {
      fail("send");
    }
  }
}

std::size_t Peer::send_until_held(std::string_view bytes, std::size_t most) {
  std::size_t total = 0;
  while (total < most) {
    const std::string_view rest = bytes.substr(total % bytes.size()).substr(0, most - total);
    const ssize_t sent = ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      total += static_cast<std::size_t>(sent);
      continue;
    }
    if (errno != EAGAIN) fail("send");
    pollfd polled = {.fd = fd_.get(), .events = POLLOUT, .revents = 0};
    if (::poll(&polled, 1, kHeldMs) == 0) break;
  }
  return total;
}

std::string Peer::receive(std::size_t size) {
  std::string received;
  while (received.size() < size) {
    wait_for(POLLIN);
    if (!read_some(received, size - received.size())) break;
  }
  return received;
}

std::string Peer::exchange(std::string_view bytes, bool then_finish) {
  std::string received;
  std::string_view unsent = bytes;
  bool unfinished = then_finish;
  while (received.size() < bytes.size()) {
    if (!unsent.empty()) {
      const ssize_t sent =
          ::send(fd_.get(), unsent.data(), unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno != EAGAIN) fail("send");
      if (sent > 0) unsent.remove_prefix(static_cast<std::size_t>(sent));
    }
    if (unsent.empty() && unfinished) {
      finish();
      unfinished = false;
    }
    wait_for(unsent.empty() ? POLLIN : POLLIN | POLLOUT);
    if (!read_some(received, bytes.size() - received.size())) break;
  }
  return received;
}

bool Peer::ends() {
  std::string more;
  try {
    wait_for(POLLIN);
    return !read_some(more, 1);
  } catch (const std::system_error& error) {
    return error.code() == std::errc::connection_reset;
  }
}

void Peer::finish() { ::shutdown(fd_.get(), SHUT_WR); }

void Peer::reset() {
  const linger abort = {.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
  fd_.reset();
}

bool Peer::read_some(std::string& into, std::size_t size) {
  std::array<char, 65536> buffer{};
  const ssize_t got = ::recv(fd_.get(), buffer.data(), std::min(buffer.size(), size), MSG_DONTWAIT);
  if (got < 0) {
    if (errno == EAGAIN) return true;
    fail("recv");
  }
  into.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

void Peer::wait_for(short events) const {
  pollfd polled = {.fd = fd_.get(), .events = events, .revents = 0};
  if (::poll(&polled, 1, kPatienceMs) == 0) {
    throw std::runtime_error(events == POLLOUT ? "the server takes no more"
                                               : "the server does not answer");
  }
}

}  // namespace support
