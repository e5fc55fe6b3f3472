// The seam between the collector and what counts in the kernel: one loader for each eBPF object.
//
// The constructor of a probe loads its programs and arms nothing. The programs count into the bank
// that `struct control` names (bpf/abi.h); the collector cuts, waits until no program runs on the
// bank left behind, and lets each probe put what that bank holds into the window. Not thread safe.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "tracer/window.hpp"

namespace msgstat::tracer {

class SyscallCounts;
class TargetFilter;

class Probe {
 public:
  Probe() = default;
  virtual ~Probe() = default;
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;

  // Throws Error when the kernel refuses.
  virtual void arm() = 0;
  virtual void disarm() = 0;
  // Takes what the programs have handed over so far; now and then in a window.
  virtual void drain() {}
  // Adds to `window` what the bank that is not counted into now holds since it was last collected.
  virtual void collect(Window& window) = 0;
  // Its programs, for the observer's cost. Valid as long as the probe.
  [[nodiscard]] virtual std::vector<int> program_fds() const = 0;
};

struct ProbeKind {
  const char* what;  // "time in system calls", for the sentence that says why it is missing
  Level level;       // the least at which it is armed
  // It may count the calls as well: SyscallCounts::share_with.
  std::unique_ptr<Probe> (*make)(const TargetFilter& filter, SyscallCounts& counts);
};

// Every probe but SyscallCounts, which all levels have.
std::span<const ProbeKind> probe_kinds();

}  // namespace msgstat::tracer
