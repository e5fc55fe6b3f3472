// Open loop: when each message is due. The messages of all connections, in all
// threads and processes, are due at even distances, connection after
// connection. A message whose connection is busy when it is due is sent late
// and counted from when it was due, so that a stall is not hidden from the
// latencies ("coordinated omission": G. Tene, How NOT to Measure Latency).
#pragma once

#include <cmath>
#include <cstdint>

namespace load {

class Schedule {
 public:
  // `rate_per_s` over all `connections`, from `start_ns` of the steady clock on.
  Schedule(double rate_per_s, std::size_t connections, std::int64_t start_ns) noexcept
      : interval_ns_(1e9 / rate_per_s), connections_(connections), start_ns_(start_ns) {}

  // When message `number` of `connection` is due, in ns of the steady clock.
  [[nodiscard]] std::int64_t due_ns(std::size_t connection, std::uint64_t number) const noexcept {
    const auto place = static_cast<double>(number * connections_ + connection);
    return start_ns_ + static_cast<std::int64_t>(place * interval_ns_);
  }

 private:
  double interval_ns_;
  std::size_t connections_;
  std::int64_t start_ns_;
};

}  // namespace load
