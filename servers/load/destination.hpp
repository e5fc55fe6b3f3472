// The server's address, and sockets towards it.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "servers/load/file_descriptor.hpp"

namespace load {

// Immutable; any thread.
class Destination {
 public:
  // A name or a numeric address, IPv4 or IPv6. Throws OptionsError when it does
  // not resolve.
  Destination(const std::string& host, std::uint16_t port);

  // A non-blocking TCP socket with NODELAY for connection `index` of all.
  // Towards 127.0.0.0/8 each kConnectionsPerAddress connections have a source
  // address of their own, 127.0.0.1 and on, for one address has no more than
  // about 28,000 ephemeral ports. Throws Error.
  [[nodiscard]] FileDescriptor open_socket(std::size_t index) const;
  // Starts connecting: 0, or the errno (EINPROGRESS is 0).
  [[nodiscard]] int connect(const FileDescriptor& socket) const noexcept;

  // How many connections there can be at once: towards one address and port no
  // more than there are ephemeral ports.
  [[nodiscard]] std::size_t most_connections() const;

  // HOST:PORT as given.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  static constexpr std::size_t kConnectionsPerAddress = 10'000;

 private:
  sockaddr_storage address_{};
  socklen_t address_bytes_ = 0;
  bool loopback4_ = false;
  std::string text_;
};

}  // namespace load
