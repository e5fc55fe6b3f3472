// One thread, level-triggered epoll.
#include "servers/cpp/epoll_loop.hpp"

int main(int argc, char** argv) {
  const echo::Arguments arguments = echo::start(argc, argv);
  const int listener = echo::listen_on(arguments, SOCK_NONBLOCK);
  echo::print_port(listener);
  echo::EpollLoop(listener, arguments.buffer_bytes).run();
}
