// An echo server on a thread of the test, which can be told to misbehave. It counts what it
// receives: an independent truth for a load generator's counts.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/descriptor.hpp"

namespace support {

// Called on the server's thread. Connections are numbered from 0 as they are accepted.
struct EchoFaults {
  // False: leave what this connection has sent for now; asked again soon. May sleep.
  std::function<bool(std::size_t connection)> serves = {};
  // Makes what was received into what is sent back.
  std::function<void(std::size_t connection, std::string& bytes)> alters = {};
  // True: close the connection instead of replying.
  std::function<bool(std::size_t connection)> closes = {};
};

class EchoServer {
 public:
  // Listens on a free port of `address` (IPv4). `most_bytes` are received at a time.
  explicit EchoServer(EchoFaults faults = {}, const std::string& address = "127.0.0.1",
                      std::size_t most_bytes = 65536);
  ~EchoServer();
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // Received in all so far. Any thread.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_.load(); }

  // Ends the thread and closes all connections. What follows wants it first.
  void stop();
  // As accepted.
  struct Peer {
    std::string address;
    std::uint64_t bytes = 0;  // received
  };
  [[nodiscard]] const std::vector<Peer>& peers() const { return peers_; }

 private:
  void serve();
  void accept_one();
  // False when the connection is to be closed.
  bool echo(std::size_t connection);

  EchoFaults faults_;
  std::string buffer_;
  std::uint16_t port_ = 0;
  Descriptor listener_;
  Descriptor epoll_;
  Descriptor end_;  // an eventfd
  std::vector<Descriptor> sockets_;
  std::vector<Peer> peers_;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::thread thread_;
};

}  // namespace support
