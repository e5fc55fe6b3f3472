// Work on what a hostile target has given us, by code that is not ours, in a child of this process:
// what it breaks, how much memory it takes and how long it needs are the child's. That ends with
// the calling thread, and has none of our descriptors unless close_range(2) is refused.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace msgstat::tracer {

using SendWords = std::function<void(std::span<const std::uint64_t>)>;

struct Limits {
  std::uint64_t bytes = 512ULL << 20;  // beyond what this process has; getrlimit(2), RLIMIT_DATA
  std::chrono::seconds cpu{10};
};

// What `work` has sent until it returned or the child ended, however that was; nothing when no
// child could be made. Any thread.
std::vector<std::uint64_t> run_confined(const std::function<void(const SendWords&)>& work,
                                        const Limits& limits = {});

}  // namespace msgstat::tracer
