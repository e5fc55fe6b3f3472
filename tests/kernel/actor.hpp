// The measured program (tests/kernel/programs/actor.h) and what a window says of it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/window.hpp"

namespace kernel_test {

// Calls by name; those by another interface as "compat32:NAME", "x32:NAME".
using Calls = std::map<std::string, std::uint64_t>;

Calls calls_of(const msgstat::Window& window);
// "close" -> "EBADF" -> 7, over all calls with errors.
std::map<std::string, Calls> errors_of(const msgstat::Window& window);
// What a window that holds one command counts besides: the actor's read and write.
Calls with_command(Calls calls);
// The sum of two.
Calls sum_of(Calls left, const Calls& right);

// Of these fields of /proc/PID/stat, by their numbers in proc(5).
double sum_of_stat(pid_t pid, int first, int last);
// Page faults of the process and of its children that ended, by the kernel.
double faults_of(pid_t pid);

// Commands of the actor that make calls, numbers and counts in pairs: "calls" by its main thread,
// "work" by each of its crew. A call has another number on each architecture.
std::string with_calls(const std::string& command,
                       const std::vector<std::pair<long, std::uint64_t>>& calls);
std::string calls_getppid(std::uint64_t count);
std::string work_getppid(std::uint64_t count);

// How often to repeat what must be exact every time: `most`, or what MSGSTAT_TEST_REPETITIONS says,
// where a window takes long (an emulated machine).
int repetitions(int most);

// Path of a program built in tests/kernel/programs.
std::string test_program(const std::string& name);

// The kernel runs 32-bit programs; it lets us use io_uring.
support::Requirement compat32();
support::Requirement io_uring();
// Process 2 is a kernel thread: not so in a pid namespace.
support::Requirement kernel_thread();

// An actor that waits for commands. Owned by the thread that made it.
class Actor {
 public:
  // `prefix`: a command that starts it, as the last of its children.
  explicit Actor(const support::Options& options = {}, std::vector<std::string> prefix = {});

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] support::Child& child() { return child_; }

  // Obeys, has answered, and is asleep in the read of the next command.
  void obey(const std::string& command);
  // Gives the command and does not wait.
  void tell(const std::string& command);
  // Waits until it has answered and waits for the next command.
  void wait_for_answer();
  // Until the main thread sleeps in the call of that number.
  void wait_until_in(long syscall_number) const;
  // Until it has so many threads, dead ones included as long as /proc shows them.
  void wait_for_threads(std::size_t count) const;
  [[nodiscard]] std::vector<pid_t> threads() const;
  // Until all threads but the main one sleep in read; until the main one is dead ("leave").
  void wait_until_crew_sleeps() const;
  void wait_until_main_is_dead() const;
  // Until its tracer lets it sleep in the read again that attaching interrupted.
  void wait_until_traced() const;
  // Until it has ended; its input stays open, as wait() of the child does not leave it.
  void wait_until_ended() const;
  // Until its child, its only one, waits in read too.
  void wait_for_child() const;
  [[nodiscard]] pid_t child_pid() const;

 private:
  support::Child child_;
  pid_t pid_ = 0;
};

}  // namespace kernel_test
