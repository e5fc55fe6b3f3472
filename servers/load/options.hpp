// What a load is, and what came of it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "servers/load/published.hpp"

namespace load {

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::size_t connections = 200;
  std::size_t message_bytes = 64;
  // Messages a second over all connections (open loop). Nothing: closed loop,
  // each connection sends its next message when the reply has come.
  std::optional<double> rate_per_s;
  unsigned threads = 1;  // in each process
  // Nothing: as many as the limit of descriptors makes necessary.
  std::optional<unsigned> processes;
  // Full load before what is measured begins.
  std::chrono::nanoseconds warmup = std::chrono::seconds(1);
  // What is measured, after the warm-up. Nothing: until stopped.
  std::optional<std::chrono::nanoseconds> duration;
  // Each connection ends after so many messages, the first one included, and
  // the run ends with the last; then all of it is measured, warm-up or not.
  std::optional<std::uint64_t> messages_per_connection;
  // The run fails when for so long no connection comes up, or when a message has no
  // reply for so long (found before it is twice as long).
  std::chrono::nanoseconds timeout = std::chrono::seconds(10);
  // An empty memfd to publish the counts in (make_published_file), the caller's.
  std::optional<int> publish_fd;
};

struct Result {
  Measured measured;
  // Why the run ended early: nothing when it ended as asked, or was stopped.
  std::optional<std::string> failure;
};

}  // namespace load
