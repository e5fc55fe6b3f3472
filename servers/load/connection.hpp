// One connection of a load thread, and why one is lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "servers/load/error.hpp"
#include "servers/load/file_descriptor.hpp"
#include "servers/load/published.hpp"

namespace load {

// A message is in flight while `received` is short of the message's size; it
// has left while `sent` is not.
struct Connection {
  FileDescriptor socket;
  bool connecting = false;
  unsigned attempts = 0;                 // failed connects
  std::size_t index = 0;                 // among all connections of the run
  std::size_t sent = 0;                  // bytes of the current message
  std::size_t received = 0;              // bytes of its reply
  std::uint64_t messages = 0;            // completed: also the number of the current message
  std::int64_t since_ns = 0;             // when the current message was sent, or was due
  std::optional<std::uint64_t> waiting;  // the message in flight at the last look for lost ones
};

class ConnectionError : public Error {
 public:
  ConnectionError(ErrorKind kind, const std::string& what) : Error(what), kind_(kind) {}
  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

// Nanoseconds of the steady clock.
inline std::int64_t now_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace load
