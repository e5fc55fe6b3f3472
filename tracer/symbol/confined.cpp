#include "tracer/symbol/confined.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <exception>
#include <fstream>

#include "tracer/fd.hpp"

namespace msgstat::tracer {
namespace {

// Of what RLIMIT_DATA counts, getrlimit(2); proc(5), statm.
rlim_t data_bytes() {
  std::ifstream statm("/proc/self/statm");
  rlim_t pages = 0;
  constexpr int kDataAt = 5;
  for (int field = 0; field <= kDataAt; ++field) statm >> pages;
  return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

bool limit(__rlimit_resource resource, rlim_t most) {
  const rlimit limits{.rlim_cur = most, .rlim_max = most};
  return ::setrlimit(resource, &limits) == 0;
}

// Leaves standard error, for what a sanitizer has to say.
void close_all_but(int out) {
  const auto kept = static_cast<unsigned>(out);
  constexpr unsigned kFirst = STDERR_FILENO + 1;
  if (kept > kFirst) ::close_range(kFirst, kept - 1, 0);
  ::close_range(kept + 1, ~0U, 0);
}

bool confine(pid_t parent, const Limits& limits) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent || !limit(RLIMIT_CORE, 0) ||
      !limit(RLIMIT_CPU, static_cast<rlim_t>(limits.cpu.count())) ||
      !limit(RLIMIT_DATA, data_bytes() + limits.bytes))
    return false;
  std::ofstream("/proc/self/oom_score_adj") << 1000;  // proc(5): the first to go
  return true;
}

void send(int out, std::span<const std::uint64_t> words) {
  auto left = std::as_bytes(words);
  while (!left.empty()) {
    const ssize_t sent = ::write(out, left.data(), left.size());
    if (sent < 0 && errno != EINTR) ::_exit(1);
    left = left.subspan(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  }
}

}  // namespace

std::vector<std::uint64_t> run_confined(const std::function<void(const SendWords&)>& work,
                                        const Limits& limits) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  const Fd in(ends[0]);
  Fd out(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return {};
  if (child == 0) {
    try {
      close_all_but(out.get());
      if (!confine(parent, limits)) ::_exit(1);
      work([&out](std::span<const std::uint64_t> words) { send(out.get(), words); });
    } catch (const std::exception&) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  out.reset();
  std::vector<std::byte> bytes;
  std::array<std::byte, 4096> some{};
  for (ssize_t got = 1; got > 0 || (got < 0 && errno == EINTR);) {
    got = ::read(in.get(), some.data(), some.size());
    bytes.insert(bytes.end(), some.begin(), some.begin() + std::max<ssize_t>(got, 0));
  }
  ::kill(child, SIGKILL);  // has ended, unless the read failed
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  std::vector<std::uint64_t> words(bytes.size() / sizeof(std::uint64_t));
  if (!words.empty()) std::memcpy(words.data(), bytes.data(), words.size() * sizeof(std::uint64_t));
  return words;
}

}  // namespace msgstat::tracer
