// The preload library: measures the process that it is loaded into, from one native thread.
//
// Does nothing unless MSGSTAT_AGENT is set. The thread takes no signals, and holds the collector;
// it obeys the controller (tracer/agent/protocol.hpp) and ends with it. Its calls are in none of
// the counts. What the process executes does not inherit the agent, and what it forks drops it.
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "tracer/agent/protocol.hpp"
#include "tracer/agent/thread_name.hpp"
#include "tracer/collector.hpp"
#include "tracer/error.hpp"
#include "tracer/fd.hpp"
#include "tracer/target/process.hpp"

namespace msgstat::tracer {
namespace {

constexpr const char* kLibraryName = "libmsgstat-agent.so";

Answer obey(Collector& collector, const Request& request) {
  if (request.kind == Request::Kind::kClose) return {.window = collector.close()};
  if (request.units) collector.count_units(*request.units);
  collector.open();
  return {};
}

void serve(Collector& collector, int control_fd) {
  LineSocket controller(control_fd);
  controller.write_line(encode(Answer{}));
  for (bool sampling = false;; sampling = collector.poll()) {
    pollfd readable{.fd = control_fd, .events = POLLIN};
    constexpr int kSamplePollMs = 10;
    if (::poll(&readable, 1, sampling ? kSamplePollMs : -1) <= 0) continue;
    const auto line = controller.read_line();
    if (!line) return;
    std::string answer;
    try {
      answer = encode(obey(collector, decode_request(*line)));
    } catch (const Error& error) {
      answer = encode_error(error.what(), {});
    } catch (const std::exception& error) {
      answer = encode_error(std::string("agent: ") + error.what(), {});
    }
    if (!controller.write_line(std::move(answer))) return;
  }
}

void run(const AgentOptions& options, std::promise<void> ready) noexcept {
  ::pthread_setname_np(::pthread_self(), kAgentThreadName.data());
  const Fd control(options.control_fd);
  try {
    CollectorOptions wanted{.events = options.events};
    wanted.excluded_tid = ::gettid();
    Collector collector = Collector::self(std::move(wanted));
    ready.set_value();
    serve(collector, control.get());
    return;
  } catch (const std::exception& error) {
    LineSocket(control.get()).write_line(encode_error(error.what(), {}));
  }
  ready.set_value();
}

// A forked child has no agent thread, but has its descriptors: they would keep hooks armed after
// the agent let go of them.
void drop_in_child(int control_fd) noexcept {
  ::close(control_fd);
  for (const int fd : list_descriptors()) {
    std::error_code error;
    const std::string link =
        std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), error);
    if (link.starts_with("anon_inode:bpf") || link == "anon_inode:[perf_event]") ::close(fd);
  }
}

void leave_environment() {
  ::unsetenv(kAgentVariable);
  const char* preload = std::getenv("LD_PRELOAD");
  if (preload != nullptr && std::string_view(preload).find(kLibraryName) != std::string_view::npos)
    ::unsetenv("LD_PRELOAD");
}

void start(const std::string& text) {
  static const AgentOptions options = decode_agent_options(text);
  std::promise<void> ready;
  std::future<void> is_ready = ready.get_future();
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread(run, options, std::move(ready)).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  is_ready.wait();
  ::pthread_atfork(nullptr, nullptr, [] { drop_in_child(options.control_fd); });
}

[[gnu::constructor]] void enter() {
  const char* options = std::getenv(kAgentVariable);
  if (options == nullptr) return;
  const std::string text = options;
  leave_environment();
  start(text);
}

}  // namespace
}  // namespace msgstat::tracer
