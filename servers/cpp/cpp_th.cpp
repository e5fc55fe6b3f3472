// A thread a connection, blocking recv and write.
#include <pthread.h>

#include <chrono>
#include <system_error>
#include <thread>
#include <vector>

#include "servers/cpp/listen.hpp"

namespace {

// Of thousands of threads.
void set_stack_size(std::size_t bytes) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, bytes);
  ::pthread_setattr_default_np(&attributes);
  ::pthread_attr_destroy(&attributes);
}

// A write that blocks is short only when the peer is gone.
void serve(int fd, std::size_t buffer_bytes) {
  std::vector<char> buffer(buffer_bytes);
  ssize_t received = 0;
  while ((received = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0) {
    if (::write(fd, buffer.data(), static_cast<std::size_t>(received)) != received) break;
  }
  ::close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  const echo::Arguments arguments = echo::start(argc, argv);
  const int listener = echo::listen_on(arguments);
  set_stack_size(std::size_t{128} << 10);
  echo::print_port(listener);

  for (;;) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) {
      // Until some thread has closed its connection.
      if (echo::exhausted(errno)) std::this_thread::sleep_for(std::chrono::milliseconds(50));
      continue;
    }
    try {
      std::thread(serve, fd, arguments.buffer_bytes).detach();
    } catch (const std::system_error&) {
      ::close(fd);
    }
  }
}
