// A command that is started in two steps, so that it can be measured from its first instruction:
// it is forked and held, and once whoever measures it is ready, it executes.
//
// Held, it is stopped (SIGSTOP): a call to wait in would return inside the window and be counted as
// the command's, and a loop would spend its CPU time. The call that stops it has returned before it
// stops. It shares our terminal, process group and descriptors 0 to 2. Owned and used by one
// thread.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "tracer/error.hpp"
#include "tracer/fd.hpp"

namespace msgstat::cli {

// As a shell has it: 127 for a command that is not found, 126 for one that cannot be executed.
class CannotRun : public Error {
 public:
  CannotRun(const std::string& command, int code);
};

class Launched {
 public:
  // `mask`: the signals that the command starts with blocked. Throws CannotRun for a command that
  // is not there.
  Launched(const std::vector<std::string>& command, const sigset_t& mask);
  // Ends it as end() does.
  ~Launched();
  Launched(const Launched&) = delete;
  Launched& operator=(const Launched&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Readable once it has ended (pidfd_open(2)); what it used stays readable until wait().
  [[nodiscard]] int end_fd() const { return end_.get(); }
  [[nodiscard]] bool has_ended() const;

  // Returns when it makes no system call any more.
  void hold();
  // It executes.
  void release();

  void send(int signal) const;
  // Asks it to end by SIGTERM, and after two seconds by SIGKILL.
  void end();
  // Waits for its end. Its exit code, 128+n for signal n. Throws CannotRun when it never executed.
  int wait();

 private:
  std::string name_;
  pid_t pid_ = -1;
  tracer::Fd go_;
  tracer::Fd failure_;  // errno, when it could not be executed
  tracer::Fd end_;
  bool is_waited_ = false;
};

}  // namespace msgstat::cli
