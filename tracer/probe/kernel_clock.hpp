// The clock of the programs, bpf_ktime_get_ns(), as user space reads it. Any thread.
#pragma once

#include <cstdint>
#include <ctime>

namespace msgstat::tracer {

inline std::uint64_t kernel_now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace msgstat::tracer
