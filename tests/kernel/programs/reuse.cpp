// Measures processes whose id goes to another: to be run as the only program of a pid namespace of
// its own, whose next id it sets (/proc/sys/kernel/ns_last_pid). Prints what open() says when the
// id has changed hands before, and what was counted when it did so in the window.
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

#include "tracer/collector.hpp"
#include "tracer/error.hpp"

namespace {

constexpr int kCalls = 1009;

// Makes its calls when it is told to by SIGUSR1.
[[noreturn]] void live(const sigset_t& signals) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  int signal = 0;
  ::sigwait(&signals, &signal);
  for (int i = 0; i < kCalls; ++i) ::syscall(SYS_getppid);
  ::_exit(0);
}

pid_t start(const sigset_t& signals) {
  const pid_t pid = ::fork();
  if (pid == 0) live(signals);
  return pid;
}

void end(pid_t pid, int signal) {
  ::kill(pid, signal);
  ::waitpid(pid, nullptr, 0);
}

// Another with the id of one that is gone.
pid_t start_with_id(pid_t id, const sigset_t& signals) {
  std::ofstream("/proc/sys/kernel/ns_last_pid") << id - 1;
  return start(signals);
}

std::uint64_t getppids(const msgstat::Window& window) {
  if (!window.syscalls) return 0;
  for (const auto& call : *window.syscalls)
    if (call.name == "getppid") return call.calls;
  return 0;
}

int reuse() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);

  const pid_t first = start(signals);
  auto before = msgstat::Collector::process(first, {.events = {"task-clock"}});
  end(first, SIGKILL);
  const pid_t second = start_with_id(first, signals);
  std::printf("same id: %d\n", static_cast<int>(second == first));
  try {
    before.open();
    std::printf("opened\n");
  } catch (const msgstat::Error& error) {
    std::printf("refused: %s\n", error.what());
  }

  auto within = msgstat::Collector::process(second, {.events = {"task-clock"}});
  within.open();
  end(second, SIGUSR1);
  const pid_t third = start_with_id(second, signals);
  end(third, SIGUSR1);
  const msgstat::Window window = within.close();
  std::printf("same id: %d\n", static_cast<int>(third == second));
  std::printf("counted: %llu\n", static_cast<unsigned long long>(getppids(window)));
  return 0;
}

}  // namespace

int main() {
  try {
    return reuse();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
