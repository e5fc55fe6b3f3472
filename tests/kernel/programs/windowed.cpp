// By the C++ interface.
#include <cerrno>
#include <exception>
#include <string>

#include "tests/kernel/programs/windowed.h"
#include "tracer/include/msgstat/msgstat.hpp"

namespace {

const msgstat::SyscallCount& find(const msgstat::Window& window, const std::string& name) {
  for (const auto& call : window.syscalls.value())
    if (call.name == name) return call;
  throw msgstat::Error("there was no " + name);
}

void measure() {
  int ends[2];
  msgstat::check(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "make a socket pair");
  msgstat::CollectorOptions options;
  options.events = {"task-clock"};
  options.units = {"sock:recv", "syscall:getppid"};
  options.level = msgstat::Level::kLatency;
  auto collector = msgstat::Collector::self(options);
  wait_for_word("ready");
  collector.open();
  work(ends);
  const msgstat::Window window = collector.close();
  std::string said;
  for (const std::uint64_t count :
       {find(window, "getppid").calls, find(window, "chdir").calls,
        find(window, "chdir").errors_by_errno.at(ENOENT), window.unit_counts.at(0).count.value(),
        window.unit_counts.at(1).count.value(), find(window, "getppid").time.value().calls,
        find(window, "nanosleep").time.value().total_ns})
    said += (said.empty() ? "" : " ") + std::to_string(count);
  wait_for_word(said.c_str());
}

}  // namespace

int main() {
  try {
    measure();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
