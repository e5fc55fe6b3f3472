// A thread for each CPU that may be used, each with its own epoll and its own listening socket on
// the same port: the kernel spreads the connections over them (SO_REUSEPORT).
#include <sched.h>

#include <string>
#include <thread>
#include <vector>

#include "servers/cpp/epoll_loop.hpp"

int main(int argc, char** argv) {
  echo::Arguments arguments = echo::start(argc, argv);
  cpu_set_t cpus;
  ::sched_getaffinity(0, sizeof cpus, &cpus);

  // A port that another server of this kind has is not to be shared with it.
  ::close(echo::listen_on(arguments));
  std::vector<int> listeners = {echo::listen_on(arguments, SOCK_NONBLOCK, true)};
  const std::string port = std::to_string(echo::port_of(listeners.front()));
  arguments.port = port.c_str();
  while (listeners.size() < static_cast<std::size_t>(CPU_COUNT(&cpus))) {
    listeners.push_back(echo::listen_on(arguments, SOCK_NONBLOCK, true));
  }
  echo::print_port(listeners.front());

  std::vector<std::jthread> threads;
  threads.reserve(listeners.size());
  for (const int listener : listeners) {
    threads.emplace_back(
        [listener, bytes = arguments.buffer_bytes] { echo::EpollLoop(listener, bytes).run(); });
  }
}
