#include "servers/load/destination.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <memory>

#include <fmt/format.h>

#include "servers/load/error.hpp"

namespace load {
namespace {

constexpr std::uint32_t kLoopbackNet = 127U << 24U;

void set_option(const FileDescriptor& socket, int level, int option, const char* name) {
  const int on = 1;
  if (::setsockopt(socket.get(), level, option, &on, sizeof on) != 0)
    throw Error(fmt::format("cannot set {} on a socket: {}", name, std::strerror(errno)));
}

}  // namespace

Destination::Destination(const std::string& host, std::uint16_t port)
    : text_(host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                                : fmt::format("[{}]:{}", host, port)) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int rc = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (rc != 0) throw OptionsError(fmt::format("cannot resolve '{}': {}", host, ::gai_strerror(rc)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);

  std::memcpy(&address_, found->ai_addr, found->ai_addrlen);
  address_bytes_ = found->ai_addrlen;
  if (found->ai_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, found->ai_addr, sizeof v4);
    loopback4_ = (ntohl(v4.sin_addr.s_addr) & 0xff000000U) == kLoopbackNet;
  }
}

FileDescriptor Destination::open_socket(std::size_t index) const {
  FileDescriptor socket(
      ::socket(address_.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) throw Error(fmt::format("cannot open socket {}: {}", index, std::strerror(errno)));
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY");

  const std::size_t source = index / kConnectionsPerAddress;
  if (loopback4_ && source > 0) {
    // The port is chosen at connect, when the whole four-tuple is known.
    set_option(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, "IP_BIND_ADDRESS_NO_PORT");
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(kLoopbackNet + 1 + static_cast<std::uint32_t>(source));
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0)
      throw Error(fmt::format("cannot bind to 127.0.0.{}: {}", source + 1, std::strerror(errno)));
  }
  return socket;
}

std::size_t Destination::most_connections() const {
  std::size_t first = 0;
  std::size_t last = 0;
  std::ifstream range("/proc/sys/net/ipv4/ip_local_port_range");  // of IPv6 too
  if (loopback4_ || !(range >> first >> last)) return std::numeric_limits<std::size_t>::max();
  return last - first + 1;
}

int Destination::connect(const FileDescriptor& socket) const noexcept {
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address_), address_bytes_) == 0)
    return 0;
  return errno == EINPROGRESS ? 0 : errno;
}

}  // namespace load
