// A child of the bench: a server or the load generator.
//
// It is killed when the thread that started it ends, however that ends (PR_SET_PDEATHSIG,
// prctl(2)), and leads a process group of its own, so that a terminal's Ctrl-C does not reach it
// and what it forks can be ended with it. Owned and used by one thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tracer/fd.hpp"
#include "tracer/target/cpu_list.hpp"

namespace msgstat::cli {

struct ChildOptions {
  std::vector<std::pair<std::string, std::string>> environment;  // on top of ours
  std::vector<int> inherited_fds;                                // under their present numbers
  tracer::CpuList cpus;                                          // empty: as we do
};

class ChildProcess {
 public:
  // `name` is what it is called in errors. Throws Error when the command cannot be executed.
  ChildProcess(std::string name, const std::vector<std::string>& command,
               const ChildOptions& options);
  // Ends it, by SIGKILL when it does not end by SIGTERM in two seconds.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  // Readable once it has ended (pidfd_open(2)), and its first line of output.
  [[nodiscard]] int end_fd() const { return pidfd_.get(); }
  [[nodiscard]] int output_fd() const { return output_.get(); }
  [[nodiscard]] bool has_ended() const;

  // What there is of its output, without waiting.
  std::string read_output();
  // "the server ended by itself with status 1: LAST LINE OF STDERR". Waits for its end.
  std::string how_it_ended();

  // Asks it to end, and waits as the destructor does. Returns whether it ended with status 0.
  bool end();

 private:
  void reap();
  [[nodiscard]] std::string last_error_line() const;

  std::string name_;
  pid_t pid_ = -1;
  tracer::Fd pidfd_;
  tracer::Fd output_;
  tracer::Fd errors_;          // a memfd: a child that talks much never blocks
  std::optional<int> status_;  // wait(2)'s, once reaped
};

}  // namespace msgstat::cli
