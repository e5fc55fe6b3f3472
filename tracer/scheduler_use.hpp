// What a window at Level::kExplain says of the time of the target's threads. A thread is in one
// mode at any instant, so the modes add up to the time that it existed in the window, and what is
// missing is `remainder_ns`. Plain values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tracer/futex_use.hpp"

namespace msgstat {

struct TimeByMode {
  std::uint64_t user_ns = 0;      // on a CPU, outside of system calls
  std::uint64_t kernel_ns = 0;    // on a CPU, in a system call
  std::uint64_t runnable_ns = 0;  // wants a CPU and has none
  std::uint64_t blocked_ns = 0;
  std::uint64_t unknown_ns = 0;  // on a CPU from before the window: user or kernel, it is not known
  std::uint64_t voluntary = 0;   // switches: had to wait
  std::uint64_t involuntary = 0;
  std::uint64_t involuntary_by_target = 0;  // of these, for another thread of the target
  std::uint64_t migrations = 0;             // ran on another CPU than before
  std::uint64_t wakeups = 0;
  std::uint64_t wakeup_ns = 0;  // from being woken to running, of all wake-ups together
  bool operator==(const TimeByMode&) const = default;
};

struct BlockedIn {
  std::string call;  // "futex"; "no call" for a page fault
  std::uint64_t ns = 0;
  bool operator==(const BlockedIn&) const = default;
};

struct ThreadTime {
  std::int64_t pid = 0;
  std::int64_t tid = 0;  // as its own gettid() has it
  std::string name;
  TimeByMode time;
  std::vector<BlockedIn> blocked;  // the longest first; the first four calls it blocked in
  bool operator==(const ThreadTime&) const = default;
};

struct CallTime {
  std::string name;
  std::uint64_t kernel_ns = 0;
  std::uint64_t blocked_ns = 0;
  std::uint64_t runnable_ns = 0;
  bool operator==(const CallTime&) const = default;
};

struct SchedulerUse {
  std::uint64_t threads_seen = 0;
  std::uint64_t whole_ns = 0;  // how long the threads existed in the window, together
  TimeByMode total;
  std::int64_t remainder_ns = 0;    // whole_ns less the modes; negative when they overlap by a cut
  std::vector<CallTime> calls;      // by system call, the most time on a CPU first
  std::vector<ThreadTime> threads;  // most time on a CPU first; at most 1,000
  std::vector<TimeSlot> wakeup_slots;  // wake-up latency, those with a count, ascending
  // Where threads slept, in any call: the most time first, at most 20; of a sample of the calls
  // that have ended in the window.
  std::vector<CallSite> sites;
  std::uint64_t threads_lost = 0;  // dead ones that found no room, and transitions without memory
  bool operator==(const SchedulerUse&) const = default;
};

}  // namespace msgstat
