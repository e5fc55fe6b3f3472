#include "cli/stat/session.hpp"

#include <poll.h>

#include <algorithm>
#include <ctime>

namespace msgstat::cli {
namespace {

// While the collector samples its own cost, and while an end can only be asked for.
constexpr std::chrono::nanoseconds kAskEvery = std::chrono::milliseconds(10);

void wait_for(std::vector<pollfd>& fds, std::optional<std::chrono::nanoseconds> time) {
  timespec timeout{};
  if (time) {
    const auto left = std::max(*time, std::chrono::nanoseconds(0));
    const auto whole = std::chrono::floor<std::chrono::seconds>(left);
    timeout = {.tv_sec = whole.count(), .tv_nsec = (left - whole).count()};
  }
  static_cast<void>(::ppoll(fds.data(), fds.size(), time ? &timeout : nullptr, nullptr));
}

}  // namespace

std::optional<Ending> Session::wait_until(std::optional<Clock::time_point> deadline,
                                          bool heed_signals) {
  for (;;) {
    if (end_.is_over()) return Ending::kTarget;
    if (heed_signals && interrupt_.signal() != 0) return Ending::kSignal;
    if (deadline && Clock::now() >= *deadline) return std::nullopt;
    const bool is_sampling = is_open_ && collector_.poll();
    std::optional<std::chrono::nanoseconds> time;
    if (deadline) time = *deadline - Clock::now();
    if (is_sampling || end_.must_be_asked()) time = std::min(time.value_or(kAskEvery), kAskEvery);
    std::vector<pollfd> fds = end_.watched();
    if (heed_signals) fds.push_back({.fd = interrupt_.fd(), .events = POLLIN, .revents = 0});
    if (stop_) fds.push_back({.fd = stop_->fd, .events = POLLIN, .revents = 0});
    wait_for(fds, time);
    if (stop_ && fds.back().revents != 0 && stop_->is_asked()) return Ending::kAsked;
  }
}

std::optional<Ending> Session::pass_delay(const Timing& timing) {
  if (timing.delay.count() == 0) return std::nullopt;
  return wait_until(Clock::now() + timing.delay, true);
}

void Session::open() {
  collector_.open();
  is_open_ = true;
  laps_s_ = 0;
}

Ending Session::run(const Timing& timing, const TakeLap& take) {
  const auto opened = Clock::now();
  std::optional<Clock::time_point> timeout;
  std::optional<Clock::time_point> lap;
  if (timing.timeout) timeout = opened + *timing.timeout;
  if (timing.interval) lap = opened + *timing.interval;
  for (;;) {
    const bool is_lap = lap && (!timeout || *lap < *timeout);
    if (const auto ending = wait_until(is_lap ? lap : timeout, true)) return *ending;
    if (!is_lap) return Ending::kTimeout;
    const Window window = collector_.lap();
    take(window, laps_s_);
    laps_s_ += window.seconds;
    // One that took too long is followed by the next one due, not by all that were missed.
    while (*lap <= Clock::now()) *lap += *timing.interval;
  }
}

void Session::linger(std::chrono::milliseconds time) { wait_until(Clock::now() + time, false); }

void Session::close(const TakeLap& take) {
  is_open_ = false;
  take(collector_.close(), laps_s_);
}

}  // namespace msgstat::cli
