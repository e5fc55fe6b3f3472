#include "cli/bench/watch.hpp"

#include <poll.h>

#include <algorithm>
#include <ctime>
#include <thread>

#include "tracer/error.hpp"

namespace msgstat::cli {

Wake wait(std::chrono::nanoseconds time, const std::function<bool()>& reached,
          const std::vector<ChildProcess*>& children, const Interrupt& interrupt) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::nanoseconds kAskEvery = std::chrono::milliseconds(5);
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(time);
  std::vector<pollfd> watched = {{.fd = interrupt.fd(), .events = POLLIN, .revents = 0}};
  for (const ChildProcess* child : children)
    watched.push_back({.fd = child->end_fd(), .events = POLLIN, .revents = 0});
  for (;;) {
    if (reached && reached()) return Wake::kReached;
    std::chrono::nanoseconds left = deadline - Clock::now();
    if (left <= left.zero()) return Wake::kTimeout;
    if (reached) left = std::min(left, kAskEvery);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
    const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
    if (::ppoll(watched.data(), watched.size(), &timeout, nullptr) <= 0) continue;
    if (std::any_of(watched.begin() + 1, watched.end(),
                    [](const pollfd& child) { return child.revents != 0; }))
      throw_if_ended(children);
    if (watched[0].revents != 0) return Wake::kInterrupted;
  }
}

void throw_if_ended(const std::vector<ChildProcess*>& children) {
  // A peer sees the sockets close a moment before the process has ended.
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  for (ChildProcess* child : children)
    if (child->has_ended()) throw Error(child->how_it_ended());
}

}  // namespace msgstat::cli
