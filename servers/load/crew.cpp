#include "servers/load/crew.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include <fmt/format.h>

namespace load {
namespace {

constexpr int kGraceMs = 5'000;

void run_loop(const Plan& plan, std::size_t thread) noexcept {
  ThreadBlock& block = plan.publisher.block(thread);
  try {
    Loop(plan, thread).run();
  } catch (const ConnectionError& error) {
    fail(block, error.kind(), error.what());
    plan.gates.attention.open();
  } catch (const std::exception& error) {
    fail(block, ErrorKind::kInternal, error.what());
    plan.gates.attention.open();
  }
}

[[noreturn]] void run_worker(const Plan& plan, pid_t parent, std::size_t first,
                             std::size_t count) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  try {
    Threads(plan, first, count).wait();
  } catch (const std::exception& error) {
    fail(plan.publisher.block(first), ErrorKind::kInternal, error.what());
    plan.gates.attention.open();
  }
  ::_exit(0);
}

std::string describe(pid_t pid, int status) {
  if (WIFSIGNALED(status))
    return fmt::format("load worker {} was killed by signal {} ({})", pid, WTERMSIG(status),
                       ::sigabbrev_np(WTERMSIG(status)));
  return fmt::format("load worker {} ended by itself with status {}", pid, WEXITSTATUS(status));
}

}  // namespace

Threads::Threads(const Plan& plan, std::size_t first, std::size_t count) : stop_(plan.gates.stop) {
  try {
    threads_.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
      threads_.emplace_back([&plan, thread = first + i] { run_loop(plan, thread); });
  } catch (...) {
    stop_.open();
    throw;
  }
}

Threads::~Threads() { stop_.open(); }

void Threads::wait() noexcept {
  for (std::jthread& thread : threads_) thread.join();
}

Processes::Processes(const Plan& plan, std::size_t processes, std::size_t threads)
    : stop_(plan.gates.stop) {
  const pid_t parent = ::getpid();
  workers_.reserve(processes);
  for (std::size_t i = 0; i < processes; ++i) {
    const std::size_t first = i * threads;
    const std::size_t count = std::min(threads, plan.publisher.threads() - first);
    const pid_t pid = ::fork();
    if (pid == 0) run_worker(plan, parent, first, count);
    if (pid < 0) {
      const int error = errno;
      kill_all();
      throw Error(fmt::format("cannot fork a load worker: {}", std::strerror(error)));
    }
    workers_.push_back({pid, FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)))});
  }
}

Processes::~Processes() {
  stop_.open();
  for (Worker& worker : workers_) {
    if (worker.reaped) continue;
    pollfd end{worker.pidfd.get(), POLLIN, 0};
    if (::poll(&end, 1, kGraceMs) != 1) ::kill(worker.pid, SIGKILL);
  }
  kill_all();
}

void Processes::kill_all() noexcept {
  for (Worker& worker : workers_) {
    if (worker.reaped) continue;
    ::kill(worker.pid, SIGKILL);
    ::waitpid(worker.pid, nullptr, 0);
    worker.reaped = true;
  }
}

std::vector<int> Processes::pidfds() const {
  std::vector<int> fds;
  for (const Worker& worker : workers_)
    if (!worker.reaped) fds.push_back(worker.pidfd.get());
  return fds;
}

std::optional<std::string> Processes::death() {
  for (Worker& worker : workers_) {
    int status = 0;
    if (worker.reaped || ::waitpid(worker.pid, &status, WNOHANG) != worker.pid) continue;
    worker.reaped = true;
    return describe(worker.pid, status);
  }
  return std::nullopt;
}

}  // namespace load
