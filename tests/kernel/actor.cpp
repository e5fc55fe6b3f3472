#include "tests/kernel/actor.hpp"

#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/support/descriptor.hpp"
#include "tests/support/paths.hpp"
#include "tracer/syscall_name.hpp"
#include "tracer/target/process.hpp"

namespace kernel_test {
namespace {

std::string qualified_name(const msgstat::SyscallCount& call) {
  switch (call.abi) {
    case msgstat::Abi::kNative:
      return call.name;
    case msgstat::Abi::kCompat32:
      return "compat32:" + call.name;
    case msgstat::Abi::kX32:
      return "x32:" + call.name;
  }
  return "?";
}

template <typename Condition>
void wait_until(const std::string& what, Condition condition) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (Clock::now() > deadline) throw std::runtime_error("waited in vain for " + what);
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

// /proc/PID/syscall, proc(5): "running", or the number of the call and its arguments.
bool is_in(pid_t tid, long syscall_number) {
  std::ifstream file("/proc/" + std::to_string(tid) + "/syscall");
  long number = -1;
  return file >> number && number == syscall_number;
}

std::vector<std::string> with_actor(std::vector<std::string> prefix) {
  prefix.push_back(test_program("actor"));
  return prefix;
}

}  // namespace

Calls calls_of(const msgstat::Window& window) {
  if (!window.syscalls) throw std::runtime_error(window.syscalls_reason);
  Calls calls;
  for (const auto& call : *window.syscalls) calls[qualified_name(call)] += call.calls;
  return calls;
}

std::map<std::string, Calls> errors_of(const msgstat::Window& window) {
  std::map<std::string, Calls> errors;
  for (const auto& call : window.syscalls.value())
    for (const auto& [error, count] : call.errors_by_errno)
      errors[qualified_name(call)][msgstat::tracer::errno_name(error)] += count;
  return errors;
}

Calls with_command(Calls calls) { return sum_of(std::move(calls), {{"read", 1}, {"write", 1}}); }

Calls sum_of(Calls left, const Calls& right) {
  for (const auto& [name, count] : right) left[name] += count;
  return left;
}

double sum_of_stat(pid_t pid, int first, int last) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  std::string skipped;
  for (int field = 3; field < first; ++field) fields >> skipped;
  double sum = 0;
  double value = 0;
  for (int field = first; field <= last && fields >> value; ++field) sum += value;
  return sum;
}

double faults_of(pid_t pid) { return sum_of_stat(pid, 10, 13); }

std::string with_calls(const std::string& command,
                       const std::vector<std::pair<long, std::uint64_t>>& calls) {
  std::string words = command;
  for (const auto& [number, count] : calls)
    words += " " + std::to_string(number) + " " + std::to_string(count);
  return words;
}

std::string calls_getppid(std::uint64_t count) {
  return with_calls("calls", {{SYS_getppid, count}});
}
std::string work_getppid(std::uint64_t count) { return with_calls("work", {{SYS_getppid, count}}); }

int repetitions(int most) {
  const char* limit = std::getenv("MSGSTAT_TEST_REPETITIONS");
  return limit == nullptr ? most : std::clamp(std::atoi(limit), 1, most);
}

std::string test_program(const std::string& name) {
  return (support::build_directory() / "tests/kernel/programs" / name).string();
}

Actor::Actor(const support::Options& options, std::vector<std::string> prefix)
    : child_(with_actor(std::move(prefix)), options) {
  wait_until("the actor's start", [this] {
    pid_ = msgstat::tracer::list_descendants(child_.pid()).back();
    return msgstat::tracer::thread_name(pid_, pid_) == "actor" && is_in(pid_, SYS_read);
  });
}

void Actor::obey(const std::string& command) {
  tell(command);
  wait_for_answer();
}

void Actor::tell(const std::string& command) { child_.write(command + "\n"); }

void Actor::wait_for_answer() {
  if (child_.read_line() != "done")
    throw std::runtime_error("the actor ended: " + child_.wait().err);
  wait_until_in(SYS_read);
}

void Actor::wait_until_in(long syscall_number) const {
  wait_until("call " + std::to_string(syscall_number),
             [&] { return is_in(pid(), syscall_number); });
}

void Actor::wait_for_threads(std::size_t count) const {
  wait_until(std::to_string(count) + " threads",
             [&] { return msgstat::tracer::list_threads(pid()).size() == count; });
}

std::vector<pid_t> Actor::threads() const { return msgstat::tracer::list_threads(pid()); }

void Actor::wait_until_crew_sleeps() const {
  wait_until("the crew to sleep", [&] {
    const auto tids = threads();
    return std::all_of(tids.begin() + 1, tids.end(),
                       [](pid_t tid) { return is_in(tid, SYS_read); });
  });
}

void Actor::wait_until_main_is_dead() const {
  wait_until("the main thread's death",
             [&] { return msgstat::tracer::read_status(pid())->state == 'Z'; });
}

void Actor::wait_until_traced() const {
  wait_until("its tracer", [&] {
    return msgstat::tracer::read_status(pid())->state == 'S' && is_in(pid(), SYS_read);
  });
}

void Actor::wait_until_ended() const {
  wait_until("the end", [&] { return !child_.running(); });
}

void Actor::wait_for_child() const {
  wait_until("a child", [&] {
    const auto family = msgstat::tracer::list_descendants(pid());
    return family.size() == 2 && is_in(family[1], SYS_read);
  });
}

pid_t Actor::child_pid() const { return msgstat::tracer::list_descendants(pid()).at(1); }

support::Requirement compat32() {
  try {
    const auto status = support::run({test_program("tiny32")}).status;
    return {"compat32", status == support::exited(0), 0, "run a 32-bit program"};
  } catch (const std::system_error& error) {
    return {"compat32", false, error.code().value(), "run a 32-bit program"};
  }
}

support::Requirement kernel_thread() {
  const auto status = msgstat::tracer::read_status(2);
  return {"kernel_thread", status && status->is_kernel_thread, 0, "process 2 is one"};
}

support::Requirement io_uring() {
  io_uring_params params{};
  const support::Descriptor ring(static_cast<int>(::syscall(SYS_io_uring_setup, 1, &params)));
  return {"io_uring", ring.is_open(), ring.is_open() ? 0 : errno, "io_uring_setup"};
}

}  // namespace kernel_test
