#include "cli/stat/launched.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "analysis/printable.hpp"

namespace msgstat::cli {
namespace {

constexpr int kNotFound = 127;
constexpr int kNotExecutable = 126;
constexpr int kSignalBase = 128;
constexpr int kGraceMs = 2'000;
constexpr time_t kLongestHoldSeconds = 10;

bool is_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// execvp(3) would try each folder of PATH, each try a call of the command.
std::string find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (::access(name.c_str(), X_OK) != 0) throw CannotRun(name, errno);
    if (!is_file(name)) throw CannotRun(name, EACCES);
    return name;
  }
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin");
  int code = ENOENT;
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
    if (!is_file(candidate)) continue;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    code = errno;
  }
  throw CannotRun(name, code);
}

std::pair<tracer::Fd, tracer::Fd> make_pipe() {
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "make a pipe");
  return {tracer::Fd(ends[0]), tracer::Fd(ends[1])};
}

struct Start {
  std::string path;
  std::vector<char*> words;
  const sigset_t& mask;
  int go;
  int failure;
};

// Between fork and exec.
[[noreturn]] void become(const Start& start) {
  ::sigprocmask(SIG_SETMASK, &start.mask, nullptr);
  char byte = 0;
  if (::read(start.go, &byte, 1) != 1) ::_exit(kNotFound);
  ::kill(::getpid(), SIGSTOP);
  ::execve(start.path.c_str(), start.words.data(), environ);
  if (errno == ENOEXEC) {
    // A script that does not name its interpreter, as execvp(3) has it.
    std::string shell = "sh";
    std::string script = start.path;
    std::vector<char*> words = {shell.data(), script.data()};
    words.insert(words.end(), start.words.begin() + 1, start.words.end());
    ::execve("/bin/sh", words.data(), environ);
  }
  const int code = errno;
  static_cast<void>(!::write(start.failure, &code, sizeof code));
  ::_exit(code == ENOENT ? kNotFound : kNotExecutable);
}

}  // namespace

CannotRun::CannotRun(const std::string& command, int code)
    : Error("cannot run " + analysis::printable_word(command), {}, code,
            code == ENOENT ? kNotFound : kNotExecutable) {}

Launched::Launched(const std::vector<std::string>& command, const sigset_t& mask)
    : name_(command.front()) {
  auto [go, go_end] = make_pipe();
  auto [failure, failure_end] = make_pipe();
  std::vector<std::string> owned = command;
  Start start{.path = find_program(name_),
              .words = {},
              .mask = mask,
              .go = go.get(),
              .failure = failure_end.get()};
  for (std::string& word : owned) start.words.push_back(word.data());
  start.words.push_back(nullptr);
  pid_ = check(::fork(), "start " + analysis::printable_word(name_));
  if (pid_ == 0) {
    // Ours alone: its end is the end of the wait.
    ::close(go_end.get());
    become(start);
  }
  go_ = std::move(go_end);
  failure_ = std::move(failure);
  end_ = tracer::Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
}

Launched::~Launched() {
  if (is_waited_) return;
  go_.reset();
  end();
  int ignored = 0;
  while (::waitpid(pid_, &ignored, 0) < 0 && errno == EINTR) {
  }
}

bool Launched::has_ended() const {
  pollfd end{.fd = end_.get(), .events = POLLIN, .revents = 0};
  return is_waited_ || ::poll(&end, 1, 0) == 1;
}

void Launched::hold() {
  const char byte = 0;
  check(::write(go_.get(), &byte, 1), "start " + name_);
  siginfo_t what{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &what, WSTOPPED | WEXITED | WNOWAIT) < 0 &&
         errno == EINTR) {
  }
  if (what.si_code != CLD_STOPPED) throw Error(name_ + " was ended before it was executed");
}

void Launched::release() { send(SIGCONT); }

void Launched::send(int signal) const {
  if (!is_waited_) ::kill(pid_, signal);
}

void Launched::end() {
  if (has_ended()) return;
  send(SIGTERM);
  send(SIGCONT);
  pollfd ended{.fd = end_.get(), .events = POLLIN, .revents = 0};
  if (::poll(&ended, 1, kGraceMs) != 1) send(SIGKILL);
}

int Launched::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  is_waited_ = true;
  ::fcntl(failure_.get(), F_SETFL, O_NONBLOCK);
  int code = 0;
  if (::read(failure_.get(), &code, sizeof code) == sizeof code) throw CannotRun(name_, code);
  return WIFSIGNALED(status) ? kSignalBase + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace msgstat::cli
