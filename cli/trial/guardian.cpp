#include "cli/trial/guardian.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "tracer/error.hpp"

namespace msgstat::cli {
namespace {

constexpr std::size_t kMostBytes = 16384;
// More than any state of a thread; the record of a cgroup has a path.
using Buffer = std::array<char, kMostBytes>;

// TREATMENT NUL START NUL ID NUL STATE
std::string encode(std::size_t treatment, const Subject& subject, const std::string& state) {
  std::string record = fmt::format("{}", treatment);
  for (const std::string& field : {fmt::format("{}", subject.start_ticks), subject.id, state}) {
    record += '\0';
    record += field;
  }
  return record;
}

void remember(Originals& originals, std::string_view record) {
  const auto next = [&record] {
    const std::string_view field = record.substr(0, record.find('\0'));
    record.remove_prefix(std::min(field.size() + 1, record.size()));
    return field;
  };
  std::size_t treatment = 0;
  Subject subject;
  const std::string_view index = next();
  std::from_chars(index.data(), index.data() + index.size(), treatment);
  const std::string_view start = next();
  std::from_chars(start.data(), start.data() + start.size(), subject.start_ticks);
  subject.id = next();
  originals.remember(treatment, subject, std::string(record));
}

// Until the socket ends, or the target has.
void listen(int socket, int target, Originals& originals) {
  std::array<pollfd, 2> watched = {{{.fd = socket, .events = POLLIN, .revents = 0},
                                    {.fd = target, .events = POLLIN, .revents = 0}}};
  Buffer buffer{};
  for (;;) {
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno == EINTR) continue;
    if (watched[0].revents != 0) {
      const ssize_t bytes = ::recv(socket, buffer.data(), buffer.size(), 0);
      if (bytes < 0 && errno == EINTR) continue;
      if (bytes <= 0) return;
      remember(originals, {buffer.data(), static_cast<std::size_t>(bytes)});
    } else if (watched[1].revents != 0) {
      return;
    }
  }
}

void leave_everything(int socket, int target) {
  ::setsid();
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  ::prctl(PR_SET_NAME, "msgstat-guard");
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(null, STDIN_FILENO);
  ::dup2(null, STDOUT_FILENO);
  const auto [low, high] = std::minmax(socket, target);
  ::close_range(STDERR_FILENO + 1, static_cast<unsigned>(low) - 1, 0);
  if (high > low + 1)
    ::close_range(static_cast<unsigned>(low) + 1, static_cast<unsigned>(high) - 1, 0);
  ::close_range(static_cast<unsigned>(high) + 1, ~0U, 0);
}

[[noreturn]] void guard(int socket, int target, Originals originals) noexcept {
  leave_everything(socket, target);
  int status = 0;
  try {
    listen(socket, target, originals);
    for (const std::string& failure : originals.restore()) {
      fmt::print(stderr, "msgstat: cannot put back what the trial changed: {}\n", failure);
      status = 1;
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "msgstat: cannot put back what the trial changed: {}\n", error.what());
    status = 1;
  }
  std::fflush(stderr);
  ::_exit(status);
}

}  // namespace

Guardian::Guardian(pid_t pid, int target, const std::vector<ChosenTreatment>& chosen) {
  std::array<int, 2> ends{};
  check(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), "make a socket");
  socket_ = tracer::Fd(ends[0]);
  const tracer::Fd theirs(ends[1]);
  child_ = check(::fork(), "start the guardian");
  if (child_ == 0) guard(theirs.get(), target, Originals(pid, chosen));
}

Guardian::~Guardian() { finish(); }

void Guardian::keep(std::size_t treatment, const Subject& subject, const std::string& state) {
  const std::string record = encode(treatment, subject, state);
  if (record.size() > kMostBytes) throw Error("the state of " + subject.id + " is too long");
  ssize_t sent = 0;
  do sent = ::send(socket_.get(), record.data(), record.size(), MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  check(sent, "tell the guardian of the trial what to put back");
}

bool Guardian::finish() {
  if (child_ < 0) return true;
  socket_.reset();
  int status = 0;
  while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace msgstat::cli
