// One process, or thread, that a user named by its id: whether it can be measured, and whether it
// is still the same. Holds a pidfd, so that an id that has gone to another does not deceive; of a
// thread where the kernel has none (before 6.9), the time of its start. Move only; any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "tracer/fd.hpp"
#include "tracer/target/process.hpp"

namespace msgstat::tracer {

class NamedTask {
 public:
  enum class Kind { kProcess, kThread };
  // Throws Error, in one line, when there is none, and for what cannot be measured: a kernel
  // thread, a zombie, for a process a thread that leads none.
  NamedTask(pid_t id, Kind kind);

  [[nodiscard]] pid_t id() const { return id_; }
  [[nodiscard]] std::string describe() const;  // "process 7"
  // A process lives as long as one of its threads does.
  [[nodiscard]] bool is_alive() const;
  // It has ended, and nobody has to wait for it any more: /proc says nothing of it.
  [[nodiscard]] bool is_gone() const;
  // Throws Error when it is not alive: it has ended, is a zombie, its id has gone to another.
  void require_alive() const;
  // Throws Error with `advice` when it is another user's, and we are not root.
  void require_ours(const std::string& advice) const;

 private:
  [[nodiscard]] std::optional<ProcessStatus> read() const;
  [[nodiscard]] bool has_ended(const ProcessStatus& status) const;
  [[nodiscard]] std::uint64_t require() const;
  [[nodiscard]] bool is_first_of_its_id() const;

  pid_t id_;
  Kind kind_;
  Fd task_;
  std::uint64_t start_ticks_;
};

}  // namespace msgstat::tracer
