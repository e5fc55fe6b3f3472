#include "cli/bench/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fmt/format.h>

#include "tracer/error.hpp"

namespace msgstat::cli {
namespace {

using tracer::Fd;

constexpr int kGraceMs = 2'000;

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> merge_environment(
    const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view line = *entry;
    bool replaced = false;
    for (const auto& [name, value] : added)
      replaced |= line.starts_with(name) && line.substr(name.size()).starts_with('=');
    if (!replaced) merged.emplace_back(line);
  }
  for (const auto& [name, value] : added)
    merged.push_back(std::string(name).append("=").append(value));
  return merged;
}

struct Start {
  std::vector<char*> argv;
  std::vector<char*> environment;
  const std::vector<int>& inherited_fds;
  const tracer::CpuList& cpus;
  pid_t parent;
  int output;
  int errors;
  int failure;  // the write end of a pipe: errno when the command cannot be executed
};

// Between fork and exec.
[[noreturn]] void become(const Start& start) {
  const auto fail = [&start] {
    const int error = errno;
    static_cast<void>(!::write(start.failure, &error, sizeof error));
    ::_exit(127);
  };
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != start.parent) fail();
  ::setpgid(0, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  const int null = ::open("/dev/null", O_RDONLY);
  if (::dup2(null, STDIN_FILENO) < 0 || ::dup2(start.output, STDOUT_FILENO) < 0 ||
      ::dup2(start.errors, STDERR_FILENO) < 0)
    fail();
  for (const int fd : start.inherited_fds)
    if (::fcntl(fd, F_SETFD, 0) != 0) fail();
  if (!start.cpus.empty()) {
    try {
      tracer::set_allowed_cpus(0, start.cpus);
    } catch (const Error& error) {
      errno = error.code().value();
      fail();
    }
  }
  ::execvpe(start.argv[0], start.argv.data(), start.environment.data());
  fail();
  ::_exit(127);
}

std::pair<Fd, Fd> make_pipe() {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "make a pipe");
  return {Fd(ends[0]), Fd(ends[1])};
}

}  // namespace

ChildProcess::ChildProcess(std::string name, const std::vector<std::string>& command,
                           const ChildOptions& options)
    : name_(std::move(name)) {
  auto [output, output_end] = make_pipe();
  auto [failure, failure_end] = make_pipe();
  errors_ = Fd(check(::memfd_create("stderr", MFD_CLOEXEC), "make a file for stderr"));
  auto words = command;
  auto environment = merge_environment(options.environment);
  const Start start{.argv = pointers(words),
                    .environment = pointers(environment),
                    .inherited_fds = options.inherited_fds,
                    .cpus = options.cpus,
                    .parent = ::getpid(),
                    .output = output_end.get(),
                    .errors = errors_.get(),
                    .failure = failure_end.get()};
  pid_ = check(::fork(), "start " + name_);
  if (pid_ == 0) become(start);
  failure_end.reset();
  output_ = std::move(output);
  ::fcntl(output_.get(), F_SETFL, O_NONBLOCK);
  pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  int error = 0;
  if (::read(failure.get(), &error, sizeof error) == sizeof error) {
    reap();
    throw Error(fmt::format("cannot start {} ({})", name_, command.front()), {}, error);
  }
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : name_(std::move(other.name_)),
      pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)),
      status_(std::exchange(other.status_, 0)) {}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) end();
}

bool ChildProcess::has_ended() const {
  if (status_) return true;
  pollfd end{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&end, 1, 0) == 1;
}

std::string ChildProcess::read_output() {
  std::array<char, 4096> buffer{};
  const ssize_t bytes = ::read(output_.get(), buffer.data(), buffer.size());
  return bytes > 0 ? std::string(buffer.data(), static_cast<std::size_t>(bytes)) : std::string();
}

// What it forked and left behind is of its group, whose id is taken as long as it is not reaped.
void ChildProcess::reap() {
  siginfo_t ended{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOWAIT) < 0 &&
         errno == EINTR) {
  }
  ::kill(-pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  status_ = status;
}

std::string ChildProcess::last_error_line() const {
  constexpr off_t kTail = 4096;
  const off_t size = ::lseek(errors_.get(), 0, SEEK_END);
  std::string text(static_cast<std::size_t>(std::min(std::max<off_t>(size, 0), kTail)), '\0');
  const ssize_t got =
      ::pread(errors_.get(), text.data(), text.size(), size - static_cast<off_t>(text.size()));
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  text.erase(text.find_last_not_of(" \n\r\t") + 1);
  const std::size_t newline = text.rfind('\n');
  return newline == std::string::npos ? text : text.substr(newline + 1);
}

std::string ChildProcess::how_it_ended() {
  if (!status_) reap();
  const int status = *status_;
  std::string out =
      WIFSIGNALED(status)
          ? fmt::format("{} was killed by signal {} ({})", name_, WTERMSIG(status),
                        ::sigabbrev_np(WTERMSIG(status)))
          : fmt::format("{} ended by itself with status {}", name_, WEXITSTATUS(status));
  if (const std::string line = last_error_line(); !line.empty()) out += ": " + line;
  return out;
}

bool ChildProcess::end() {
  if (!status_) {
    ::kill(pid_, SIGTERM);
    pollfd ended{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&ended, 1, kGraceMs) != 1) ::kill(pid_, SIGKILL);
    reap();
  }
  return WIFEXITED(*status_) && WEXITSTATUS(*status_) == 0;
}

}  // namespace msgstat::cli
