// Level `counts`: entries that the target hands to io_uring, by opcode (bpf/uring.bpf.c). Not
// thread safe.
#pragma once

#include <memory>
#include <vector>

#include "tracer/probe/probe.hpp"

namespace msgstat::tracer {

class UringEntries final : public Probe {
 public:
  // Loads; nothing is armed. Throws Error when the kernel has no such tracepoint (before 6.0).
  explicit UringEntries(const TargetFilter& filter);
  ~UringEntries() override;

  void arm() override;
  void disarm() override;
  // Window::uring, most first.
  void collect(Window& window) override;
  [[nodiscard]] std::vector<int> program_fds() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace msgstat::tracer
