// The threads that make the load, in this process or in forked workers.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "servers/load/loop.hpp"

namespace load {

// Threads of this process: one Loop each, with the blocks [first, first + count).
// What a loop throws ends up in its block as a failure.
class Threads {
 public:
  Threads(const Plan& plan, std::size_t first, std::size_t count);
  // Opens the stop gate and waits for the threads.
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  // Until all have ended by themselves.
  void wait() noexcept;

 private:
  const Gate& stop_;
  std::vector<std::jthread> threads_;
};

// Forked workers with `threads` threads each, over all blocks of the plan. They
// die with the thread that made this. No other thread may be running in this
// process then, but such as hold no lock that a worker needs.
class Processes {
 public:
  Processes(const Plan& plan, std::size_t processes, std::size_t threads);
  // Opens the stop gate, waits for the workers a few seconds, then kills them.
  ~Processes();
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  // Readable when the worker has ended.
  [[nodiscard]] std::vector<int> pidfds() const;
  // What became of a worker that died by itself. Nothing while all are alive.
  std::optional<std::string> death();

 private:
  struct Worker {
    pid_t pid;
    FileDescriptor pidfd;
    bool reaped = false;
  };
  void kill_all() noexcept;

  const Gate& stop_;
  std::vector<Worker> workers_;
};

}  // namespace load
