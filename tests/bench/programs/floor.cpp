// The floor of an echo server: one recv and one send a message, and nothing else in the loop.
//
// floor HOST PORT BUFFER_BYTES, and in FLOOR_CONNECTIONS how many connections will come. It answers
// each once while it accepts them, as the load generator wants it; then it goes round all of them,
// with no call that asks which is ready. When one has nothing to say it sleeps, so that a batch
// is there when it wakes: what waiting costs is no part of the floor.
#include <poll.h>

#include <chrono>
#include <span>
#include <thread>
#include <vector>

#include "servers/cpp/listen.hpp"

namespace {

constexpr auto kPause = std::chrono::microseconds(300);

// False when nothing was there. Ends the program when the peer is gone.
bool echo_one(int fd, std::span<char> buffer) {
  const ssize_t received = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (received < 0 && errno == EAGAIN) return false;
  if (received <= 0) std::exit(0);
  if (::send(fd, buffer.data(), static_cast<std::size_t>(received), 0) != received) std::exit(0);
  return true;
}

std::vector<int> accept_and_answer(int listener, std::size_t count, std::span<char> buffer) {
  std::vector<pollfd> polled = {{.fd = listener, .events = POLLIN, .revents = 0}};
  std::vector<int> answered;
  while (answered.size() < count) {
    ::poll(polled.data(), polled.size(), -1);
    for (std::size_t i = polled.size() - 1; i > 0; --i) {
      if (polled[i].revents == 0 || !echo_one(polled[i].fd, buffer)) continue;
      answered.push_back(polled[i].fd);
      polled.erase(polled.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (polled[0].revents == 0) continue;
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) polled.push_back({.fd = fd, .events = POLLIN, .revents = 0});
  }
  return answered;
}

}  // namespace

int main(int argc, char** argv) {
  const echo::Arguments arguments = echo::start(argc, argv);
  const char* connections = std::getenv("FLOOR_CONNECTIONS");
  if (connections == nullptr) return 2;
  const int listener = echo::listen_on(arguments);
  std::vector<char> buffer(arguments.buffer_bytes);
  echo::print_port(listener);
  const auto all =
      accept_and_answer(listener, static_cast<std::size_t>(std::atoll(connections)), buffer);
  for (;;)
    for (const int fd : all)
      while (!echo_one(fd, buffer)) std::this_thread::sleep_for(kPause);
}
