// Every system call of the target, its errors and times (bpf/calls.h).
//
// The programs count into one of two banks. TargetFilter::switch_bank() cuts: what the bank left
// behind holds is one interval, complete and still; collect() takes it. Not thread safe.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tracer/probe/probe.hpp"

struct bpf_object;
struct call_settings;

namespace msgstat::tracer {

class ThreadTable;

class SyscallCounts final : public Probe {
 public:
  // Loads; nothing is armed. With kLatency and above, times them too (bpf: sys_enter).
  SyscallCounts(const TargetFilter& filter, Level level, bool by_thread);
  ~SyscallCounts() override;

  // Another object, opened and not yet loaded, that has programs which count calls (bpf/calls.h):
  // it gets the maps, and its rodata must get what is returned.
  [[nodiscard]] call_settings share_with(const bpf_object* other) const;
  // Once that object is loaded: arm() hooks nothing, for it counts. Its maps are still read here.
  void leave_hooks_to_other();

  void arm() override;
  void disarm() override;
  // Non-zero rows, by number within ABI; and in Loss, the errors whose errno found no room.
  void collect(Window& window) override;
  // After it, the same calls by thread.
  void take_threads(ThreadTable& table);
  // Calls counted into the present bank since it was last collected; no system call.
  [[nodiscard]] std::uint64_t calls_so_far() const;
  [[nodiscard]] std::vector<int> program_fds() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace msgstat::tracer
