// Level-triggered epoll: one recv and one write for each connection that is ready. One thread.
#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <vector>

#include "servers/cpp/connection.hpp"
#include "servers/cpp/listen.hpp"

namespace echo {

class EpollLoop {
 public:
  // `listener` is nonblocking and the caller's.
  EpollLoop(int listener, std::size_t buffer_bytes) : listener_(listener), buffer_(buffer_bytes) {
    watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 512> events{};
    for (;;) {
      const int ready = ::epoll_wait(epoll_, events.data(), events.size(), paused_ ? kPauseMs : -1);
      for (int i = 0; i < ready; ++i) {
        if (events[i].data.fd == listener_) {
          accept_all();
        } else {
          serve(events[i].data.fd, events[i].events);
        }
      }
      if (ready == 0) resume();
    }
  }

 private:
  static constexpr int kPauseMs = 50;

  void watch(int operation, int fd, std::uint32_t what) const {
    epoll_event event{.events = what, .data = {.fd = fd}};
    ::epoll_ctl(epoll_, operation, fd, &event);
  }

  void accept_all() {
    int fd = -1;
    while ((fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
      if (connections_.size() <= static_cast<std::size_t>(fd)) connections_.resize(fd + 1);
      connections_[fd] = Connection(fd);
      watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    }
    if (exhausted(errno)) {
      paused_ = true;
      watch(EPOLL_CTL_MOD, listener_, 0);
    }
  }

  void resume() {
    if (!paused_) return;
    paused_ = false;
    watch(EPOLL_CTL_MOD, listener_, EPOLLIN);
  }

  void serve(int fd, std::uint32_t was) {
    const Next next = connections_[fd].serve(buffer_);
    if (next == Next::kClose) {
      connections_[fd] = {};
      resume();
      return;
    }
    const std::uint32_t wanted = next == Next::kSend ? EPOLLOUT : EPOLLIN;
    if ((was & wanted) == 0) watch(EPOLL_CTL_MOD, fd, wanted);
  }

  const int listener_;
  const int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<char> buffer_;
  std::vector<Connection> connections_;  // by descriptor
  bool paused_ = false;                  // no descriptor is left to accept with
};

}  // namespace echo
