// example CALLS: what CALLS calls of getppid cost this process, in C++.
//   CMake: find_package(msgstat), target msgstat::msgstat
#include <msgstat/msgstat.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  const int requests = argc > 1 ? std::atoi(argv[1]) : 1000;
  try {
    auto collector = msgstat::Collector::self({.events = {"task-clock", "page-faults"}});
    collector.open();
    for (int i = 0; i < requests; ++i) syscall(SYS_getppid);
    const msgstat::Window window = collector.close();
    if (!window.syscalls) throw msgstat::Error("no calls: " + window.syscalls_reason);
    for (const auto& call : *window.syscalls)
      std::printf("%-12s %8llu  %.3f a request\n", call.name.c_str(),
                  static_cast<unsigned long long>(call.calls), double(call.calls) / requests);
    for (const auto& event : window.events)
      if (event.value)
        std::printf("%-12s %8.0f  %.3f a request\n", event.name.c_str(), *event.value,
                    *event.value / requests);
      else
        std::printf("%-12s not counted: %s\n", event.name.c_str(), event.reason.c_str());
  } catch (const msgstat::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return error.exit_status();
  }
}
