// One thread waits in epoll, a pool of threads (one a CPU) serves what is ready: one recv and one
// write, then the connection is watched again (EPOLLONESHOT).
#include <sched.h>
#include <sys/epoll.h>

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "servers/cpp/connection.hpp"
#include "servers/cpp/listen.hpp"

namespace {

class Queue {
 public:
  void push(echo::Connection* connection) {
    {
      const std::lock_guard lock(mutex_);
      ready_.push_back(connection);
    }
    not_empty_.notify_one();
  }

  echo::Connection* pop() {
    std::unique_lock lock(mutex_);
    not_empty_.wait(lock, [this] { return !ready_.empty(); });
    echo::Connection* const connection = ready_.front();
    ready_.pop_front();
    return connection;
  }

 private:
  std::mutex mutex_;
  std::condition_variable not_empty_;
  std::deque<echo::Connection*> ready_;
};

// Connections belong to epoll, or to the thread that serves them. The listener's pointer is null.
void watch(int epoll, int operation, int fd, echo::Connection* connection, std::uint32_t what) {
  epoll_event event{.events = what, .data = {.ptr = connection}};
  ::epoll_ctl(epoll, operation, fd, &event);
}

void work(Queue& queue, int epoll, int listener, std::size_t buffer_bytes) {
  std::vector<char> buffer(buffer_bytes);
  for (;;) {
    std::unique_ptr<echo::Connection> connection(queue.pop());
    const echo::Next next = connection->serve(buffer);
    if (next == echo::Next::kClose) {
      connection.reset();
      // accept() may have failed for want of a descriptor.
      watch(epoll, EPOLL_CTL_MOD, listener, nullptr, EPOLLIN);
      continue;
    }
    const std::uint32_t wanted = next == echo::Next::kSend ? EPOLLOUT : EPOLLIN;
    const int fd = connection->fd();
    watch(epoll, EPOLL_CTL_MOD, fd, connection.release(), wanted | EPOLLONESHOT);
  }
}

void accept_all(int epoll, int listener) {
  int fd = -1;
  while ((fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    auto connection = std::make_unique<echo::Connection>(fd);
    watch(epoll, EPOLL_CTL_ADD, fd, connection.release(), EPOLLIN | EPOLLONESHOT);
  }
  if (echo::exhausted(errno)) watch(epoll, EPOLL_CTL_MOD, listener, nullptr, 0);
}

}  // namespace

int main(int argc, char** argv) {
  const echo::Arguments arguments = echo::start(argc, argv);
  const int listener = echo::listen_on(arguments, SOCK_NONBLOCK);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, EPOLL_CTL_ADD, listener, nullptr, EPOLLIN);

  Queue queue;
  cpu_set_t cpus;
  ::sched_getaffinity(0, sizeof cpus, &cpus);
  std::vector<std::jthread> pool;
  pool.reserve(static_cast<std::size_t>(CPU_COUNT(&cpus)));
  for (int i = 0; i < CPU_COUNT(&cpus); ++i) {
    pool.emplace_back(work, std::ref(queue), epoll, listener, arguments.buffer_bytes);
  }
  echo::print_port(listener);

  std::array<epoll_event, 512> events{};
  for (;;) {
    const int ready = ::epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < ready; ++i) {
      if (auto* const connection = static_cast<echo::Connection*>(events[i].data.ptr)) {
        queue.push(connection);
      } else {
        accept_all(epoll, listener);
      }
    }
  }
}
