// One thread, select(2): one recv and one write for each connection that is ready. A connection
// beyond FD_SETSIZE descriptors is closed at once.
#include <sys/select.h>

#include <algorithm>
#include <vector>

#include "servers/cpp/connection.hpp"
#include "servers/cpp/listen.hpp"

int main(int argc, char** argv) {
  const echo::Arguments arguments = echo::start(argc, argv);
  const int listener = echo::listen_on(arguments, SOCK_NONBLOCK);
  std::vector<char> buffer(arguments.buffer_bytes);
  std::vector<echo::Connection> connections(FD_SETSIZE);  // by descriptor
  fd_set receiving;
  fd_set sending;
  FD_ZERO(&receiving);
  FD_ZERO(&sending);
  FD_SET(listener, &receiving);
  int last = listener;
  echo::print_port(listener);

  for (;;) {
    fd_set readable = receiving;
    fd_set writable = sending;
    int ready = ::select(last + 1, &readable, &writable, nullptr, nullptr);
    for (int fd = listener + 1; fd <= last && ready > 0; ++fd) {
      if (!FD_ISSET(fd, &readable) && !FD_ISSET(fd, &writable)) continue;
      --ready;
      FD_CLR(fd, &receiving);
      FD_CLR(fd, &sending);
      const echo::Next next = connections[fd].serve(buffer);
      if (next == echo::Next::kClose) {
        connections[fd] = {};
        FD_SET(listener, &receiving);
      } else {
        FD_SET(fd, next == echo::Next::kSend ? &sending : &receiving);
      }
    }
    if (ready <= 0 || !FD_ISSET(listener, &readable)) continue;
    int fd = -1;
    while ((fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
      echo::Connection connection(fd);
      if (fd >= FD_SETSIZE) continue;
      connections[fd] = std::move(connection);
      FD_SET(fd, &receiving);
      last = std::max(last, fd);
    }
    // Nothing to accept with: until a connection is closed.
    if (echo::exhausted(errno)) FD_CLR(listener, &receiving);
  }
}
