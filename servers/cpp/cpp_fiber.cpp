// A Boost.Fiber fiber a connection, one thread. The scheduler, when no fiber is ready to run, waits
// in epoll for those that wait for their socket.
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <boost/fiber/algo/round_robin.hpp>
#include <boost/fiber/all.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "servers/cpp/listen.hpp"

namespace fibers = boost::fibers;

namespace {

// Sockets are watched, level-triggered, for the fiber that serves them; a fiber waits by suspending
// itself. When suspend_until() is called every fiber is suspended.
class EpollScheduler : public fibers::algo::round_robin {
 public:
  explicit EpollScheduler(int epoll) : epoll_(epoll) {}

  void suspend_until(const std::chrono::steady_clock::time_point& until) noexcept override {
    using std::chrono::ceil;
    using std::chrono::milliseconds;
    using Clock = std::chrono::steady_clock;
    const bool forever = until == Clock::time_point::max();
    const auto left = forever ? milliseconds(-1) : ceil<milliseconds>(until - Clock::now());
    std::array<epoll_event, 512> events{};
    const int timeout = forever ? -1 : static_cast<int>(std::max(left, milliseconds(0)).count());
    const int ready = ::epoll_wait(epoll_, events.data(), events.size(), timeout);
    for (int i = 0; i < ready; ++i) {
      fibers::context::active()->schedule(static_cast<fibers::context*>(events[i].data.ptr));
    }
  }

 private:
  const int epoll_;
};

class Socket {
 public:
  // Belongs to the fiber that makes it.
  Socket(int fd, int epoll) : fd_(fd), epoll_(epoll) { watch(EPOLL_CTL_ADD, EPOLLIN); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(fd_); }

  [[nodiscard]] int fd() const { return fd_; }

  void ignore_for(std::chrono::milliseconds time) const {
    watch(EPOLL_CTL_MOD, 0);
    boost::this_fiber::sleep_for(time);
    watch(EPOLL_CTL_MOD, EPOLLIN);
  }

  int accept() {
    wait();
    return ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  }

  ssize_t receive(std::span<char> buffer) {
    ssize_t received = -1;
    do {
      wait();
      received = ::recv(fd_, buffer.data(), buffer.size(), 0);
    } while (received < 0 && errno == EAGAIN);
    return received;
  }

  bool send_all(std::span<const char> bytes) {
    for (;;) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), 0);
      if (sent < 0 && errno != EAGAIN) return false;
      if (sent > 0) bytes = bytes.subspan(static_cast<std::size_t>(sent));
      if (bytes.empty()) return true;
      watch(EPOLL_CTL_MOD, EPOLLOUT);
      wait();
      watch(EPOLL_CTL_MOD, EPOLLIN);
    }
  }

 private:
  static void wait() { fibers::context::active()->suspend(); }

  void watch(int operation, std::uint32_t what) const {
    epoll_event event{.events = what, .data = {.ptr = fibers::context::active()}};
    ::epoll_ctl(epoll_, operation, fd_, &event);
  }

  const int fd_;
  const int epoll_;
};

void serve(int fd, int epoll, std::size_t buffer_bytes) {
  Socket socket(fd, epoll);
  const auto buffer = std::make_unique<char[]>(buffer_bytes);
  for (;;) {
    const ssize_t received = socket.receive({buffer.get(), buffer_bytes});
    if (received <= 0) return;
    if (!socket.send_all({buffer.get(), static_cast<std::size_t>(received)})) return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const echo::Arguments arguments = echo::start(argc, argv);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  fibers::use_scheduling_algorithm<EpollScheduler>(epoll);
  Socket listener(echo::listen_on(arguments, SOCK_NONBLOCK), epoll);
  echo::print_port(listener.fd());
  for (;;) {
    const int fd = listener.accept();
    if (fd >= 0) {
      fibers::fiber(std::allocator_arg, fibers::fixedsize_stack(std::size_t{64} << 10), serve, fd,
                    epoll, arguments.buffer_bytes)
          .detach();
    } else if (echo::exhausted(errno)) {
      // Until some fiber has closed its connection.
      listener.ignore_for(std::chrono::milliseconds(50));
    }
  }
}
