// Processes for tests: run a command to its end, or keep a child and talk to it.
//
// No child outlives the test: a Child is killed and reaped in its destructor, and
// the kernel kills it (PR_SET_PDEATHSIG) when the thread that made it ends. So make
// a Child in the thread that will own it. Objects are not shared between threads.
// Failures to start, and timeouts, throw; gtest shows what() as the failure.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/descriptor.hpp"

namespace support {

// How a process ended. Compare with exited(0) or signaled(SIGKILL).
struct Status {
  enum class How { kExited, kSignaled };
  How how = How::kExited;
  int value = 0;  // the exit code, or the signal's number
  bool operator==(const Status&) const = default;
};
constexpr Status exited(int code) { return {Status::How::kExited, code}; }
constexpr Status signaled(int signal) { return {Status::How::kSignaled, signal}; }
std::ostream& operator<<(std::ostream& stream, const Status& status);

struct Options {
  std::map<std::string, std::string> env = {};  // added to this process's environment
  std::string input = {};                       // given on stdin, which then ends
  std::chrono::milliseconds timeout = std::chrono::seconds(60);
  std::filesystem::path cwd = {};  // empty: this process's
};

struct Result {
  Status status;
  std::string out;
  std::string err;
};

// Runs argv (argv[0] is looked up in PATH) until it has ended and nobody holds its
// stdout and stderr. Throws std::system_error when it cannot be executed; when
// options.timeout has passed, kills it and throws with what it had printed.
Result run(const std::vector<std::string>& argv, const Options& options = {});

// A running process with pipes on stdin, stdout and stderr.
class Child {
 public:
  // options.timeout bounds each call below that is given no other.
  explicit Child(const std::vector<std::string>& argv, const Options& options = {});
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }

  // The next line of stdout or stderr without its end; nullopt once it is closed.
  std::optional<std::string> read_line();
  std::optional<std::string> read_line(std::chrono::milliseconds timeout);
  std::optional<std::string> read_error_line();
  std::optional<std::string> read_error_line(std::chrono::milliseconds timeout);

  // Writes all of `text` to stdin, and ends stdin.
  void write(std::string_view text);
  void close_input();

  void send_signal(int signal) const;  // by pid, and only until it is reaped
  [[nodiscard]] bool running() const;  // false as soon as it has ended

  // Waits for the end, and returns with what had not been read of its output.
  Result wait();
  Result wait(std::chrono::milliseconds timeout);
  // SIGTERM, then wait().
  Result terminate();

 private:
  using Clock = std::chrono::steady_clock;
  struct Stream {
    Descriptor pipe;
    std::string unread;
  };

  // Moves what can be moved through the pipes, or notes the end; false at the deadline.
  bool pump(Clock::time_point deadline);
  std::optional<std::string> next_line(Stream& stream, std::chrono::milliseconds timeout);
  [[noreturn]] void give_up(std::string_view what, std::chrono::milliseconds timeout) const;
  void send_input();
  void reap();

  std::string name_;
  std::chrono::milliseconds timeout_;
  pid_t pid_ = -1;
  Descriptor pidfd_;
  Descriptor input_;
  std::string unsent_;
  bool input_ends_ = false;  // once all is sent
  Stream out_;
  Stream err_;
  std::optional<Status> status_;  // set when reaped
};

}  // namespace support
