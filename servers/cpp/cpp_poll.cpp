// One thread, poll(2): one recv and one write for each connection that is ready.
#include <poll.h>

#include <utility>
#include <vector>

#include "servers/cpp/connection.hpp"
#include "servers/cpp/listen.hpp"

int main(int argc, char** argv) {
  const echo::Arguments arguments = echo::start(argc, argv);
  const int listener = echo::listen_on(arguments, SOCK_NONBLOCK);
  std::vector<char> buffer(arguments.buffer_bytes);
  // The listener is first in both; the rest is in no order.
  std::vector<pollfd> polled = {{.fd = listener, .events = POLLIN, .revents = 0}};
  std::vector<echo::Connection> connections(1);
  echo::print_port(listener);

  for (;;) {
    int ready = ::poll(polled.data(), polled.size(), -1);
    // From the end, so that the last one can take the place of one that goes.
    for (std::size_t i = polled.size() - 1; i > 0 && ready > 0; --i) {
      if (polled[i].revents == 0) continue;
      --ready;
      const echo::Next next = connections[i].serve(buffer);
      if (next == echo::Next::kClose) {
        polled[i] = polled.back();
        polled.pop_back();
        std::swap(connections[i], connections.back());
        connections.pop_back();
        polled[0].events = POLLIN;
      } else {
        polled[i].events = next == echo::Next::kSend ? POLLOUT : POLLIN;
      }
    }
    if (ready <= 0 || polled[0].revents == 0) continue;
    int fd = -1;
    while ((fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
      polled.push_back({.fd = fd, .events = POLLIN, .revents = 0});
      connections.emplace_back(fd);
    }
    // Nothing to accept with: until a connection is closed.
    if (echo::exhausted(errno)) polled[0].events = 0;
  }
}
