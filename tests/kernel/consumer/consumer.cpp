// consumer CALLS: measures itself with the installed library, and prints how many getppid it made.
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include <msgstat/msgstat.hpp>

int main(int argc, char** argv) {
  const int calls = argc > 1 ? std::atoi(argv[1]) : 0;
  try {
    auto collector = msgstat::Collector::self();
    collector.open();
    for (int i = 0; i < calls; ++i) syscall(SYS_getppid);
    const msgstat::Window window = collector.close();
    if (!window.syscalls) throw msgstat::Error(window.syscalls_reason);
    for (const auto& call : *window.syscalls)
      if (call.name == "getppid")
        std::printf("%llu\n", static_cast<unsigned long long>(call.calls));
  } catch (const msgstat::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return error.exit_status();
  }
  // An error of the library is caught by its type outside of it.
  try {
    msgstat::Collector::self({.events = {"no-such-event"}});
  } catch (const msgstat::UsageError& error) {
    return error.exit_status() == 2 ? 0 : 3;
  }
  return 4;
}
