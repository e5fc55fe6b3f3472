#include "cli/stat/target_end.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "tracer/target/process.hpp"

namespace msgstat::cli {
namespace {

constexpr unsigned kThread = O_EXCL;  // PIDFD_THREAD, linux/pidfd.h since 6.9

tracer::Fd open_end(pid_t id) {
  const bool is_process = tracer::process_of(id).value_or(id) == id;
  return tracer::Fd(static_cast<int>(::syscall(SYS_pidfd_open, id, is_process ? 0U : kThread)));
}

bool has_ended(const tracer::Fd& end, pid_t id) {
  if (!end.is_open()) return !tracer::read_status(id);
  pollfd watched{.fd = end.get(), .events = POLLIN, .revents = 0};
  return ::poll(&watched, 1, 0) == 1;
}

}  // namespace

TargetEnd::TargetEnd(const std::vector<pid_t>& ids) : is_endless_(false) {
  for (const pid_t id : ids) alive_.push_back({id, open_end(id)});
}

std::vector<pollfd> TargetEnd::watched() const {
  std::vector<pollfd> fds;
  for (const Member& member : alive_)
    if (member.end.is_open())
      fds.push_back({.fd = member.end.get(), .events = POLLIN, .revents = 0});
  return fds;
}

bool TargetEnd::must_be_asked() const {
  return std::any_of(alive_.begin(), alive_.end(),
                     [](const Member& member) { return !member.end.is_open(); });
}

bool TargetEnd::is_over() {
  std::erase_if(alive_, [](const Member& member) { return has_ended(member.end, member.id); });
  return !is_endless_ && alive_.empty();
}

}  // namespace msgstat::cli
