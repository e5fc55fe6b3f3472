// What read(2) gives of one perf event, opened with TOTAL_TIME_ENABLED and TOTAL_TIME_RUNNING
// (perf_event_open(2), read_format). Any thread.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <optional>

#include "tracer/fd.hpp"

namespace msgstat::tracer {

struct Reading {
  std::uint64_t value;
  std::uint64_t enabled_ns;
  std::uint64_t running_ns;
};

inline std::optional<Reading> read_event(const Fd& fd) {
  Reading reading{};
  ssize_t got = 0;
  do {
    got = ::read(fd.get(), &reading, sizeof reading);
  } while (got < 0 && errno == EINTR);
  return got == sizeof reading ? std::optional(reading) : std::nullopt;
}

}  // namespace msgstat::tracer
