// Level `counts`: every system call of the target and its errors (bpf/syscalls.bpf.c).
//
// The programs count into one of two banks. TargetFilter::switch_bank() cuts: what the bank left
// behind holds is one interval, complete and still; collect() takes it. Not thread safe.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tracer/window.hpp"

namespace msgstat::tracer {

class TargetFilter;

class SyscallCounts {
 public:
  explicit SyscallCounts(const TargetFilter& filter);  // loads; nothing is armed
  ~SyscallCounts();
  SyscallCounts(const SyscallCounts&) = delete;
  SyscallCounts& operator=(const SyscallCounts&) = delete;

  void arm();
  void disarm();

  // The calls of the bank that is not counted into now, since it was last collected: non-zero
  // rows, by number within ABI. Waits until no program still runs on the bank.
  std::vector<SyscallCount> collect();
  // Calls counted into the present bank since it was last collected; no system call.
  [[nodiscard]] std::uint64_t calls_so_far() const;
  // Errors since the last call of this, whose errno found no room in the map.
  std::uint64_t take_errors_unnamed();

  // The programs, for RunTimeStatistics. Valid as long as this object.
  [[nodiscard]] std::vector<int> program_fds() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace msgstat::tracer
