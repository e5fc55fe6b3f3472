// One thread, edge-triggered epoll: each connection is registered once and served until there is
// nothing left. A recv that does not fill the buffer has emptied the socket (epoll(7)).
#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <vector>

#include "servers/cpp/connection.hpp"
#include "servers/cpp/listen.hpp"

namespace {

constexpr std::uint32_t kHungUp = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

class Server {
 public:
  Server(int listener, std::size_t buffer_bytes) : listener_(listener), buffer_(buffer_bytes) {
    watch(listener_, EPOLLIN | EPOLLET);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 512> events{};
    for (;;) {
      const int ready = ::epoll_wait(epoll_, events.data(), events.size(), -1);
      for (int i = 0; i < ready; ++i) {
        if (events[i].data.fd == listener_) {
          accept_all();
        } else {
          serve(events[i].data.fd, (events[i].events & kHungUp) != 0);
        }
      }
    }
  }

 private:
  void watch(int fd, std::uint32_t what) const {
    epoll_event event{.events = what, .data = {.fd = fd}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void accept_all() {
    int fd = -1;
    while ((fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
      if (connections_.size() <= static_cast<std::size_t>(fd)) connections_.resize(fd + 1);
      connections_[fd] = echo::Connection(fd);
      watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
    }
    unaccepted_ = echo::exhausted(errno);
  }

  void serve(int fd, bool hung_up) {
    echo::Connection& connection = connections_[fd];
    echo::Next next = echo::Next::kMore;
    while (next == echo::Next::kMore) next = connection.serve(buffer_);
    // The end came with the last message and will not be told of again.
    if (next == echo::Next::kReceive && hung_up) next = connection.serve(buffer_);
    if (next != echo::Next::kClose) return;
    connection = {};
    if (unaccepted_) accept_all();
  }

  const int listener_;
  const int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<char> buffer_;
  std::vector<echo::Connection> connections_;  // by descriptor
  bool unaccepted_ = false;                    // some wait for a descriptor
};

}  // namespace

int main(int argc, char** argv) {
  const echo::Arguments arguments = echo::start(argc, argv);
  const int listener = echo::listen_on(arguments, SOCK_NONBLOCK);
  echo::print_port(listener);
  Server(listener, arguments.buffer_bytes).run();
}
