#include "cli/bench/load_process.hpp"

#include <fmt/format.h>

#include "cli/bench/watch.hpp"
#include "tracer/error.hpp"

namespace msgstat::cli {
namespace {

// For 20,000 connections to a slow server; a load that makes no progress ends by itself before.
constexpr auto kOpenTime = std::chrono::minutes(5);

std::vector<std::string> command_line(const Settings& settings, std::uint16_t port, int fd) {
  using Seconds = std::chrono::duration<double>;
  return {"/proc/self/exe",
          "load",
          fmt::format("--connect=127.0.0.1:{}", port),
          fmt::format("--connections={}", settings.connections),
          fmt::format("--size={}", settings.message_bytes),
          fmt::format("--rate={}", settings.rate_per_s.value_or(0)),
          fmt::format("--warmup={}", Seconds(settings.warmup).count()),
          fmt::format("--threads={}", settings.load_threads),
          fmt::format("--publish-fd={}", fd)};
}

void require(Wake wake, const Interrupt& interrupt, const char* what) {
  if (wake == Wake::kInterrupted) throw Interrupted(interrupt.signal());
  if (wake == Wake::kTimeout) throw Error(fmt::format("the load generator {} in time", what));
}

}  // namespace

LoadProcess::LoadProcess(const Settings& settings, std::uint16_t port, int published_fd,
                         ChildProcess& server, const Interrupt& interrupt)
    : child_("the load generator", command_line(settings, port, published_fd),
             {.environment = {}, .inherited_fds = {published_fd}, .cpus = settings.client_cpus}),
      counts_(wait_for_counts(published_fd, server, interrupt)) {
  wait_until_steady(settings, server, interrupt);
}

load::PublishedCounts LoadProcess::wait_for_counts(int published_fd, ChildProcess& server,
                                                   const Interrupt& interrupt) {
  std::optional<load::PublishedCounts> counts;
  const auto is_there = [&] {
    counts = load::PublishedCounts::open(published_fd);
    return counts.has_value();
  };
  require(wait(kOpenTime, is_there, {&child_, &server}, interrupt), interrupt, "published nothing");
  return std::move(*counts);
}

void LoadProcess::wait_until_steady(const Settings& settings, ChildProcess& server,
                                    const Interrupt& interrupt) {
  const auto is_steady = [this] { return counts_.state() == load::State::kSteady; };
  require(wait(kOpenTime + settings.warmup, is_steady, {&child_, &server}, interrupt), interrupt,
          "did not come up");
}

UnitCounterLocation LoadProcess::units() const {
  const load::CounterLocation at = counts_.messages_location();
  return {.offset = at.offset, .stride = at.stride, .count = at.count};
}

}  // namespace msgstat::cli
