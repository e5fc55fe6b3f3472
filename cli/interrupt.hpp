// SIGINT and SIGTERM as something to wait for, instead of an end. While the object lives they are
// blocked in the thread that made it, and in those that it starts. One at a time.
#pragma once

#include <csignal>
#include <exception>

#include "tracer/fd.hpp"

namespace msgstat::cli {

// A signal came before there was anything to keep.
class Interrupted : public std::exception {
 public:
  explicit Interrupted(int signal) : signal_(signal) {}
  [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }
  [[nodiscard]] int signal() const noexcept { return signal_; }

 private:
  int signal_;
};

class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // Readable from the first signal on (signalfd(2)); it is never read.
  [[nodiscard]] int fd() const { return signals_.get(); }
  // The signal that came; 0 for none.
  [[nodiscard]] int signal() const;
  // What was blocked before: a command that is started starts with it.
  [[nodiscard]] const sigset_t& mask_before() const { return before_; }

 private:
  sigset_t before_{};
  tracer::Fd signals_;
};

}  // namespace msgstat::cli
