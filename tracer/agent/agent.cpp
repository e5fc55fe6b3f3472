// The preload library: measures the process that it is loaded into, from one native thread.
//
// Does nothing unless MSGSTAT_AGENT is set. The thread takes no signals, and holds the collector;
// it obeys the controller (tracer/agent/protocol.hpp) and ends with it. Its calls are in none of
// the counts, and its descriptors in a table of its own: the process sees none of them, and what
// it forks or executes inherits none.
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "tracer/agent/protocol.hpp"
#include "tracer/agent/thread_name.hpp"
#include "tracer/collector.hpp"
#include "tracer/error.hpp"
#include "tracer/fd.hpp"

namespace msgstat::tracer {
namespace {

constexpr const char* kLibraryName = "libmsgstat-agent.so";

Answer obey(Collector& collector, Request request, const Fd& units) {
  if (request.kind == Request::Kind::kClose) return {.window = collector.close()};
  if (request.units) {
    request.units->fd = units.get();
    collector.count_units(*request.units);
  }
  collector.open();
  return {};
}

void serve(Collector& collector, int control_fd) {
  LineSocket controller(control_fd);
  controller.write_line(encode_ready());
  for (bool sampling = false;; sampling = collector.poll()) {
    pollfd readable{.fd = control_fd, .events = POLLIN};
    constexpr int kSamplePollMs = 10;
    if (::poll(&readable, 1, sampling ? kSamplePollMs : -1) <= 0) continue;
    const auto line = controller.read_line();
    if (!line) return;
    std::string answer;
    try {
      answer = encode(obey(collector, decode_request(*line), controller.take_descriptor()));
    } catch (const Error& error) {
      answer = encode_error(error.what(), {});
    } catch (const std::exception& error) {
      answer = encode_error(std::string("agent: ") + error.what(), {});
    }
    if (!controller.write_line(std::move(answer))) return;
  }
}

// Leaves the table of descriptors that all threads of the process share for one that holds only
// the controller's socket, and /dev/null in the places where stdio would write.
void take_own_descriptors(int control_fd) {
  check(::unshare(CLONE_FILES), "give the agent descriptors of its own");
  const auto control = static_cast<unsigned>(control_fd);
  ::close_range(control + 1, ~0U, 0);
  if (control > 0) ::close_range(0, control - 1, 0);
  while (::open("/dev/null", O_RDWR | O_CLOEXEC) < STDERR_FILENO) {
  }
}

void run(const AgentOptions& options, std::promise<void> ready) noexcept {
  ::pthread_setname_np(::pthread_self(), kAgentThreadName.data());
  try {
    take_own_descriptors(options.control_fd);
    CollectorOptions wanted{.events = options.events, .level = options.level};
    wanted.excluded_tid = ::gettid();
    Collector collector = Collector::self(std::move(wanted));
    ready.set_value();
    serve(collector, options.control_fd);
    return;
  } catch (const std::exception& error) {
    LineSocket(options.control_fd).write_line(encode_error(error.what(), {}));
  }
  ready.set_value();
}

void leave_environment() {
  ::unsetenv(kAgentVariable);
  const char* preload = std::getenv("LD_PRELOAD");
  if (preload != nullptr && std::string_view(preload).find(kLibraryName) != std::string_view::npos)
    ::unsetenv("LD_PRELOAD");
}

void start(const AgentOptions& options) {
  std::promise<void> ready;
  std::future<void> is_ready = ready.get_future();
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread(run, options, std::move(ready)).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  is_ready.wait();
}

[[gnu::constructor]] void enter() {
  const char* variable = std::getenv(kAgentVariable);
  if (variable == nullptr) return;
  const std::string text = variable;
  leave_environment();
  try {
    const AgentOptions options = decode_agent_options(text);
    if (options.protocol == agent_protocol())
      start(options);
    else
      LineSocket(options.control_fd).write_line(encode_mismatch(options.protocol));
    ::close(options.control_fd);
  } catch (const std::exception&) {
    // The program is not to suffer from what is in its environment.
    std::fprintf(stderr,
                 "libmsgstat-agent.so: %s is not what msgstat writes: nothing is measured\n",
                 kAgentVariable);
  }
}

}  // namespace
}  // namespace msgstat::tracer
