#include "tests/support/echo_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <limits>
#include <string_view>
#include <system_error>

namespace support {
namespace {

constexpr std::uint64_t kListener = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kEnd = kListener - 1;

int must(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

void watch(const Descriptor& epoll, const Descriptor& fd, std::uint64_t tag) {
  epoll_event interest{};
  interest.events = EPOLLIN;
  interest.data.u64 = tag;
  must(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd.get(), &interest), "epoll_ctl");
}

bool send_all(const Descriptor& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

EchoServer::EchoServer(EchoFaults faults, const std::string& address, std::size_t most_bytes)
    : faults_(std::move(faults)),
      buffer_(most_bytes, '\0'),
      listener_(must(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")),
      epoll_(must(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      end_(must(::eventfd(0, EFD_CLOEXEC), "eventfd")) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  ::inet_pton(AF_INET, address.c_str(), &name.sin_addr);
  auto* const generic = reinterpret_cast<sockaddr*>(&name);
  socklen_t length = sizeof name;
  must(::bind(listener_.get(), generic, length), "bind");
  must(::listen(listener_.get(), 1024), "listen");
  must(::getsockname(listener_.get(), generic, &length), "getsockname");
  port_ = ntohs(name.sin_port);
  watch(epoll_, listener_, kListener);
  watch(epoll_, end_, kEnd);
  thread_ = std::thread([this] { serve(); });
}

EchoServer::~EchoServer() { stop(); }

void EchoServer::stop() {
  if (!thread_.joinable()) return;
  ::eventfd_write(end_.get(), 1);
  thread_.join();
  listener_.reset();
  sockets_.clear();
}

void EchoServer::serve() {
  std::array<epoll_event, 64> events{};
  for (;;) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const std::uint64_t tag = events[static_cast<std::size_t>(i)].data.u64;
      if (tag == kEnd) return;
      if (tag == kListener)
        accept_one();
      else if (!faults_.serves || faults_.serves(tag))
        if (!echo(tag)) sockets_[tag].reset();
    }
  }
}

void EchoServer::accept_one() {
  sockaddr_in name{};
  socklen_t length = sizeof name;
  Descriptor socket(
      ::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&name), &length, SOCK_CLOEXEC));
  if (!socket.is_open()) return;
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, &name.sin_addr, text.data(), text.size());
  watch(epoll_, socket, sockets_.size());
  sockets_.push_back(std::move(socket));
  peers_.push_back({text.data()});
}

bool EchoServer::echo(std::size_t connection) {
  const Descriptor& socket = sockets_[connection];
  const ssize_t got = ::recv(socket.get(), buffer_.data(), buffer_.size(), 0);
  if (got <= 0) return false;
  bytes_ += static_cast<std::uint64_t>(got);
  peers_[connection].bytes += static_cast<std::uint64_t>(got);
  if (faults_.closes && faults_.closes(connection)) return false;
  if (!faults_.alters) return send_all(socket, {buffer_.data(), static_cast<std::size_t>(got)});
  std::string reply = buffer_.substr(0, static_cast<std::size_t>(got));
  faults_.alters(connection, reply);
  return send_all(socket, reply);
}

}  // namespace support
