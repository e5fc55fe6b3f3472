// A TCP client that a test drives by hand against an echo server on 127.0.0.1. Every call that
// waits throws std::runtime_error after thirty seconds, and std::system_error when the socket
// fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/support/descriptor.hpp"

namespace support {

// `size` bytes that differ from place to place, the same at each call.
std::string pattern(std::size_t size);

class Peer {
 public:
  // Connects. `buffer_bytes`, when given, bounds the kernel's buffers on this side.
  explicit Peer(std::uint16_t port, int buffer_bytes = 0);

  // Sends all, and reads nothing.
  void send(std::string_view bytes);
  // Sends while the server takes any, at most `most` bytes of the repeated `bytes`, and reads
  // nothing; returns how many were taken.
  std::size_t send_until_held(std::string_view bytes, std::size_t most);
  // Reads exactly `size` bytes; fewer when the stream ends before.
  std::string receive(std::size_t size);
  // Sends and reads at the same time until as much has come back; fewer when the stream ends
  // before. Ends this side's stream after the last byte when `then_finish`.
  std::string exchange(std::string_view bytes, bool then_finish = false);
  // The server has ended the stream, or does so now, with nothing more to read. A reset counts.
  [[nodiscard]] bool ends();

  void finish();  // shutdown(SHUT_WR)
  void reset();   // closes with RST, not FIN
  void close() { fd_.reset(); }

 private:
  // Reads at most `size` bytes to the end of `into`; false at the end of the stream.
  bool read_some(std::string& into, std::size_t size);
  void wait_for(short events) const;

  Descriptor fd_;
};

}  // namespace support
