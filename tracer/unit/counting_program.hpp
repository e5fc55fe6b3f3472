// One program of bpf/unit.bpf.c, loaded and counting. Not thread safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tracer/unit/unit.hpp"

namespace msgstat::tracer {

// Where a program is attached in a file: offsets in it, of the instruction, and of the word that
// says how many watch (0: none).
struct ProbeSite {
  std::uint64_t offset = 0;
  std::uint64_t semaphore_offset = 0;
};

class CountingProgram final : public Unit {
 public:
  enum class Which {
    kReceived,
    kSent,
    kReceivingCalls,
    kSendingCalls,
    kTypedTracepoint,
    kTracepoint,
    kUprobe,
  };
  struct Settings {
    Which which = Which::kReceived;
    std::string source;
    std::string group = {};             // of a tracepoint
    std::string name = {};              // of a tracepoint
    std::string file = {};              // of probes in a program
    std::vector<ProbeSite> sites = {};  // in it
  };
  // Loads. Throws Error when the kernel refuses.
  CountingProgram(const TargetFilter& filter, Settings settings);
  ~CountingProgram() override;

  void arm() override;
  void disarm() override;
  std::uint64_t collect(const Window& window) override;
  [[nodiscard]] std::string source() const override;
  [[nodiscard]] std::vector<int> program_fds() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Whether the kernel's type information has that tracepoint, so that a program may be attached to
// it without tracefs.
bool has_typed_tracepoint(const std::string& name);

}  // namespace msgstat::tracer
