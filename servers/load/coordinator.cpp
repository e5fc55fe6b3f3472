#include "servers/load/coordinator.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace load {
namespace {

ThreadPhase phase_of(const ThreadBlock& block) {
  return static_cast<ThreadPhase>(block.phase.load(std::memory_order_acquire));
}

}  // namespace

Coordinator::Coordinator(const Plan& plan, Publisher& publisher, const PublishedCounts& counts,
                         int stop_fd)
    : plan_(plan), publisher_(publisher), counts_(counts), stop_fd_(stop_fd) {}

Result Coordinator::run(std::size_t processes) {
  open_ = counts_.snapshot();
  if (processes > 1)
    processes_.emplace(plan_, processes, plan_.options.threads);
  else
    threads_.emplace(plan_, 0, plan_.publisher.threads());
  lead();
  close_ = counts_.snapshot();

  if (!failure_) publisher_.set_state(State::kStopping);
  threads_.reset();
  processes_.reset();

  if (failure_)
    publisher_.fail(*failure_);
  else
    publisher_.set_state(State::kDone);
  return {between(open_, close_), std::move(failure_)};
}

void Coordinator::lead() {
  const auto up = [this] { return all_in({ThreadPhase::kReady, ThreadPhase::kFinished}); };
  const auto finished = [this] { return all_in({ThreadPhase::kFinished}); };
  const auto after = [](std::chrono::nanoseconds ns) {
    return Clock::now() + std::chrono::duration_cast<Clock::duration>(ns);
  };

  if (wait(up, std::nullopt) != Wake::kReached) return;
  publisher_.set_start(now_ns());
  publisher_.set_state(State::kWarming);
  plan_.gates.start.open();
  if (wait(finished, after(plan_.options.warmup)) != Wake::kReached || finished()) return;

  publisher_.set_state(State::kSteady);
  if (!plan_.options.messages_per_connection) open_ = counts_.snapshot();
  const auto& duration = plan_.options.duration;
  wait(finished, duration ? std::optional(after(*duration)) : std::nullopt);
}

Coordinator::Wake Coordinator::wait(const std::function<bool()>& reached,
                                    std::optional<Clock::time_point> deadline) {
  std::vector<pollfd> watched = {{stop_fd_, POLLIN, 0}, {plan_.gates.attention.fd(), POLLIN, 0}};
  if (processes_)
    for (const int fd : processes_->pidfds()) watched.push_back({fd, POLLIN, 0});

  for (;;) {
    plan_.gates.attention.shut();
    if (find_failure()) return Wake::kFailed;
    if (watched[0].revents != 0) return Wake::kStopped;
    if (reached()) return Wake::kReached;

    timespec timeout{};
    if (deadline) {
      const auto left = std::max<std::chrono::nanoseconds>(*deadline - Clock::now(), {});
      if (left == left.zero()) return Wake::kReached;
      const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
      timeout = {seconds.count(), (left - seconds).count()};
    }
    if (::ppoll(watched.data(), watched.size(), deadline ? &timeout : nullptr, nullptr) < 0 &&
        errno != EINTR)
      throw Error(fmt::format("cannot wait for the load: {}", std::strerror(errno)));
  }
}

bool Coordinator::all_in(std::initializer_list<ThreadPhase> phases) const {
  for (std::size_t i = 0; i < publisher_.threads(); ++i)
    if (std::find(phases.begin(), phases.end(), phase_of(publisher_.block(i))) == phases.end())
      return false;
  return true;
}

bool Coordinator::find_failure() {
  for (std::size_t i = 0; i < publisher_.threads() && !failure_; ++i)
    if (phase_of(publisher_.block(i)) == ThreadPhase::kFailed)
      failure_ = failure_of(publisher_.block(i));
  if (!failure_ && processes_) failure_ = processes_->death();
  return failure_.has_value();
}

}  // namespace load
