// From what bpf/explain_time.h counted to Window::sched. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "bpf/abi.h"
#include "tracer/scheduler_use.hpp"

namespace msgstat::tracer {

using Histogram = std::array<std::uint64_t, HISTOGRAM_SLOTS>;

struct TimeReading {
  std::uint64_t opened_ns = 0;  // of the bank; CLOCK_MONOTONIC
  std::uint64_t closed_ns = 0;
  std::vector<thread_record> alive;
  std::vector<thread_record> ended;
  std::vector<call_time> calls;  // by cell, TIME_CELLS
  Histogram wakeups{};
  std::uint64_t lost = 0;
};

SchedulerUse describe(const TimeReading& reading);

// The slots that have a count.
std::vector<TimeSlot> slots_of(const Histogram& histogram);

// "futex"; a cell of TIME_CELLS.
std::string call_name(std::uint32_t cell);

// A name in 16 bytes, not always ended by a 0.
std::string text_of(const char (&name)[16]);

}  // namespace msgstat::tracer
