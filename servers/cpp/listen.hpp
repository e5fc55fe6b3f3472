// What every C++ model does before its loop. Failures end the program with one line on stderr
// and status 1.
#pragma once

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace echo {

struct Arguments {
  const char* host;
  const char* port;
  std::size_t buffer_bytes;
};

[[noreturn]] inline void fail(const char* what, const char* why = std::strerror(errno)) {
  std::fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, why);
  std::exit(1);
}

// Also raises the limit of descriptors, and has SIGTERM end the program with status 0.
inline Arguments start(int argc, char** argv) {
  if (argc != 4 || std::atoll(argv[3]) <= 0) {
    std::fprintf(stderr, "usage: %s HOST PORT BUFFER_BYTES\n", program_invocation_short_name);
    std::exit(2);
  }
  rlimit descriptors{};
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &descriptors);
  std::signal(SIGTERM, [](int) { ::_exit(0); });
  std::signal(SIGPIPE, SIG_IGN);
  return {argv[1], argv[2], static_cast<std::size_t>(std::atoll(argv[3]))};
}

// A listening socket. Linux gives TCP_NODELAY on to the sockets accepted from it.
inline int listen_on(const Arguments& arguments, int flags = 0, bool reuse_port = false) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* address = nullptr;
  const int unknown = ::getaddrinfo(arguments.host, arguments.port, &hints, &address);
  if (unknown != 0) fail(arguments.host, ::gai_strerror(unknown));

  const int on = 1;
  const int fd = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  if (fd < 0) fail("socket");
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (reuse_port) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (::bind(fd, address->ai_addr, address->ai_addrlen) != 0 || ::listen(fd, 4096) != 0) {
    const int error = errno;
    char name[300];
    std::snprintf(name, sizeof name, "cannot listen on %s:%s", arguments.host, arguments.port);
    fail(name, std::strerror(error));
  }
  ::freeaddrinfo(address);
  return fd;
}

inline int port_of(int listener) {
  sockaddr_storage bound{};
  socklen_t length = sizeof bound;
  if (::getsockname(listener, reinterpret_cast<sockaddr*>(&bound), &length) != 0) {
    fail("getsockname");
  }
  return ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port
                                           : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
}

// The first line of stdout: the server answers from now on.
inline void print_port(int listener) {
  std::printf("%d\n", port_of(listener));
  std::fflush(stdout);
}

// accept() failed for want of descriptors or memory: it will again until something is closed.
inline bool exhausted(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace echo
