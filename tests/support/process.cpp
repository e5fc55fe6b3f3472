#include "tests/support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// glibc 2.36 declares these without C linkage.
extern "C" {
#include <sys/pidfd.h>
}

#include <array>
#include <cerrno>
#include <cstdlib>
#include <ostream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace support {
namespace {

[[noreturn]] void fail(const std::string& what, int error = errno) {
  throw std::system_error(error, std::generic_category(), what);
}

struct Pipe {
  Descriptor read;
  Descriptor write;

  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe2");
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
  }
};

// Pointers into `texts`, ended by nullptr, as exec wants them.
std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (added.count(text.substr(0, text.find('='))) == 0) result.push_back(text);
  }
  for (const auto& [name, value] : added) result.emplace_back(name).append("=").append(value);
  return result;
}

void set_nonblocking(const Descriptor& fd) {
  if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) fail("fcntl O_NONBLOCK");
}

// Reads all there is; closes `pipe` at its end.
void drain(Descriptor& pipe, std::string& into) {
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t size = ::read(pipe.get(), buffer.data(), buffer.size());
    if (size > 0) {
      into.append(buffer.data(), static_cast<std::size_t>(size));
    } else if (size == 0) {
      pipe.reset();
      return;
    } else if (errno != EINTR) {
      if (errno != EAGAIN) fail("read from a child");
      return;
    }
  }
}

}  // namespace

std::ostream& operator<<(std::ostream& stream, const Status& status) {
  return stream << (status.how == Status::How::kExited ? "exited " : "signaled ") << status.value;
}

Result run(const std::vector<std::string>& argv, const Options& options) {
  return Child(argv, options).wait();
}

Child::Child(const std::vector<std::string>& argv, const Options& options)
    : name_(argv.at(0)), timeout_(options.timeout) {
  // A child that dies early must be a failed write here, not the end of the test.
  ::signal(SIGPIPE, SIG_IGN);

  std::vector<std::string> arguments = argv;
  std::vector<std::string> environment = environment_with(options.env);
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> environment_pointers = pointers(environment);
  Pipe in;
  Pipe out;
  Pipe err;
  Pipe exec_error;
  const pid_t parent = ::getpid();

  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ == 0) {
    // Only async-signal-safe calls until exec: other threads may hold locks.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    ::signal(SIGPIPE, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::dup2(in.read.get(), STDIN_FILENO);
    ::dup2(out.write.get(), STDOUT_FILENO);
    ::dup2(err.write.get(), STDERR_FILENO);
    if (options.cwd.empty() || ::chdir(options.cwd.c_str()) == 0) {
      ::execvpe(argument_pointers[0], argument_pointers.data(), environment_pointers.data());
    }
    const int error = errno;
    [[maybe_unused]] const ssize_t told = ::write(exec_error.write.get(), &error, sizeof error);
    ::_exit(127);
  }

  // The destructor does not run if this constructor throws: reap before each throw.
  exec_error.write.reset();
  int error = 0;
  if (::read(exec_error.read.get(), &error, sizeof error) == sizeof error) {
    ::waitpid(pid_, nullptr, 0);
    fail("cannot execute " + name_, error);
  }
  pidfd_ = Descriptor(::pidfd_open(pid_, 0));
  if (!pidfd_.is_open()) {
    const int open_error = errno;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    fail("pidfd_open", open_error);
  }
  set_nonblocking(in.write);
  set_nonblocking(out.read);
  set_nonblocking(err.read);
  input_ = std::move(in.write);
  out_.pipe = std::move(out.read);
  err_.pipe = std::move(err.read);
  unsent_ = options.input;
  input_ends_ = !options.input.empty();
}

Child::~Child() {
  if (status_) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::optional<std::string> Child::read_line() { return read_line(timeout_); }
std::optional<std::string> Child::read_line(std::chrono::milliseconds timeout) {
  return next_line(out_, timeout);
}
std::optional<std::string> Child::read_error_line() { return read_error_line(timeout_); }
std::optional<std::string> Child::read_error_line(std::chrono::milliseconds timeout) {
  return next_line(err_, timeout);
}

void Child::write(std::string_view text) {
  if (!input_.is_open()) throw std::runtime_error("stdin of " + name_ + " is closed");
  unsent_ += text;
  const auto deadline = Clock::now() + timeout_;
  while (input_.is_open() && !unsent_.empty()) {
    if (!pump(deadline)) give_up("has not read its stdin", timeout_);
  }
}

void Child::close_input() {
  input_ends_ = true;
  if (unsent_.empty()) input_.reset();
}

void Child::send_signal(int signal) const {
  if (!status_) ::pidfd_send_signal(pidfd_.get(), signal, nullptr, 0);
}

bool Child::running() const {
  pollfd ended{pidfd_.get(), POLLIN, 0};
  return !status_ && ::poll(&ended, 1, 0) == 0;
}

Result Child::wait() { return wait(timeout_); }
Result Child::wait(std::chrono::milliseconds timeout) {
  close_input();
  const auto deadline = Clock::now() + timeout;
  while (!status_ || out_.pipe.is_open() || err_.pipe.is_open()) {
    if (!pump(deadline)) {
      give_up(status_ ? "left a process that holds its output" : "has not ended", timeout);
    }
  }
  return {*status_, std::exchange(out_.unread, {}), std::exchange(err_.unread, {})};
}

Result Child::terminate() {
  send_signal(SIGTERM);
  return wait();
}

bool Child::pump(Clock::time_point deadline) {
  // poll() passes over negative descriptors.
  const bool has_input = input_.is_open() && !unsent_.empty();
  std::array<pollfd, 4> polled{{{out_.pipe.get(), POLLIN, 0},
                                {err_.pipe.get(), POLLIN, 0},
                                {has_input ? input_.get() : -1, POLLOUT, 0},
                                {status_ ? -1 : pidfd_.get(), POLLIN, 0}}};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  if (left.count() <= 0) return false;
  const int ready = ::poll(polled.data(), polled.size(), static_cast<int>(left.count()));
  if (ready < 0 && errno != EINTR) fail("poll");
  if (ready <= 0) return ready < 0;
  if (polled[0].revents != 0) drain(out_.pipe, out_.unread);
  if (polled[1].revents != 0) drain(err_.pipe, err_.unread);
  if (polled[2].revents != 0) send_input();
  if (polled[3].revents != 0) reap();
  return true;
}

void Child::send_input() {
  const ssize_t size = ::write(input_.get(), unsent_.data(), unsent_.size());
  if (size >= 0) {
    unsent_.erase(0, static_cast<std::size_t>(size));
  } else if (errno == EPIPE) {
    unsent_.clear();
    input_.reset();
  } else if (errno != EAGAIN && errno != EINTR) {
    fail("write to " + name_);
  }
  if (input_ends_ && unsent_.empty()) input_.reset();
}

void Child::reap() {
  int raw = 0;
  if (::waitpid(pid_, &raw, 0) != pid_) fail("waitpid " + name_);
  status_ = WIFSIGNALED(raw) ? signaled(WTERMSIG(raw)) : exited(WEXITSTATUS(raw));
}

std::optional<std::string> Child::next_line(Stream& stream, std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    const std::size_t end = stream.unread.find('\n');
    if (end != std::string::npos) {
      std::string line = stream.unread.substr(0, end);
      stream.unread.erase(0, end + 1);
      return line;
    }
    if (!stream.pipe.is_open()) {
      if (stream.unread.empty()) return std::nullopt;
      return std::exchange(stream.unread, {});
    }
    if (!pump(deadline)) give_up("has printed no line", timeout);
  }
}

void Child::give_up(std::string_view what, std::chrono::milliseconds timeout) const {
  std::string text = name_;
  text.append(" ").append(what).append(" after ").append(std::to_string(timeout.count()));
  text.append(" ms\nstdout: ").append(out_.unread).append("\nstderr: ").append(err_.unread);
  throw std::runtime_error(text);
}

}  // namespace support
