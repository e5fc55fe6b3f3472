// units MESSAGES: what a message costs that is sent and received, and the time in each call, in
// C++. CMake: find_package(msgstat), target msgstat::msgstat
#include <msgstat/msgstat.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  const int messages = argc > 1 ? std::atoi(argv[1]) : 1000;
  int ends[2];
  char byte = 0;
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
  try {
    msgstat::CollectorOptions options;
    options.units = {"sock:recv", "syscall:write"};
    options.level = msgstat::Level::kLatency;
    auto collector = msgstat::Collector::self(options);
    collector.open();
    for (int i = 0; i < messages; ++i)
      if (write(ends[0], &byte, 1) != 1 || read(ends[1], &byte, 1) != 1) return 1;
    const msgstat::Window window = collector.close();

    for (const auto& seen : window.unit_counts)
      if (seen.count)
        std::printf("%s: %llu, by %s\n", seen.expression.c_str(),
                    static_cast<unsigned long long>(*seen.count), seen.source.c_str());
      else
        std::printf("%s: not counted: %s\n", seen.expression.c_str(), seen.reason.c_str());
    if (!window.syscalls) throw msgstat::Error("no calls: " + window.syscalls_reason);
    const auto received = static_cast<double>(window.unit_counts[0].count.value());
    for (const auto& call : *window.syscalls)
      if (call.time)
        std::printf("%s %.3f a message, p50 %.0f ns, p99 %.0f ns\n", call.name.c_str(),
                    static_cast<double>(call.calls) / received, call.time->p50_ns,
                    call.time->p99_ns);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
