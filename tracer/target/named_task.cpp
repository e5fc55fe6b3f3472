#include "tracer/target/named_task.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>

#include "tracer/error.hpp"
#include "tracer/privilege.hpp"
#include "tracer/target/process.hpp"

namespace msgstat::tracer {
namespace {

constexpr unsigned kThreadFlag = O_EXCL;  // PIDFD_THREAD, linux/pidfd.h since 6.9

Fd open_task(pid_t id, NamedTask::Kind kind) {
  const unsigned flags = kind == NamedTask::Kind::kThread ? kThreadFlag : 0;
  return Fd(static_cast<int>(::syscall(SYS_pidfd_open, id, flags)));
}

}  // namespace

NamedTask::NamedTask(pid_t id, Kind kind)
    : id_(id), kind_(kind), task_(open_task(id, kind)), start_ticks_(require()) {
  // What /proc said may have been of the one that had the id before, or after.
  if (!is_alive()) throw Error(describe() + " has ended");
}

std::string NamedTask::describe() const {
  return (kind_ == Kind::kThread ? "thread " : "process ") + std::to_string(id_);
}

std::optional<ProcessStatus> NamedTask::read() const {
  return kind_ == Kind::kThread ? read_thread_status(id_) : read_status(id_);
}

// A dead main thread is a zombie too, for as long as the others live.
bool NamedTask::has_ended(const ProcessStatus& status) const {
  return status.state == 'Z' && (kind_ == Kind::kThread || list_threads(id_).size() <= 1);
}

// Returns when it started.
std::uint64_t NamedTask::require() const {
  if (const auto fault = find_fault_of_proc()) throw Error(*fault, "mount -t proc proc /proc");
  const auto status = id_ <= 0 ? std::nullopt : read();
  if (!status && id_ > 0 && ::kill(id_, 0) != 0 && errno == EPERM)
    throw Error(describe() + " is hidden from this user: /proc is mounted with hidepid",
                "needs CAP_SYS_PTRACE: " + grant_command());
  if (!status) throw Error("there is no " + describe());
  if (status->is_kernel_thread)
    throw Error(describe() + " is a kernel thread", "only programs can be measured");
  const pid_t process = process_of(id_).value_or(id_);
  if (kind_ == Kind::kProcess && process != id_)
    throw Error(std::to_string(id_) + " is a thread of process " + std::to_string(process),
                "-p " + std::to_string(process) + " is all of its threads");
  if (has_ended(*status))
    throw Error(describe() + " is a zombie", "it has ended; there is nothing to measure");
  return status->start_ticks;
}

bool NamedTask::is_first_of_its_id() const {
  const auto status = read();
  return status && status->start_ticks == start_ticks_ && !has_ended(*status);
}

bool NamedTask::is_alive() const {
  if (!task_.is_open()) return is_first_of_its_id();
  pollfd end{.fd = task_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&end, 1, 0) == 0;
}

bool NamedTask::is_gone() const {
  if (task_.is_open())
    return ::syscall(SYS_pidfd_send_signal, task_.get(), 0, nullptr, 0) != 0 && errno == ESRCH;
  const auto status = read();
  return !status || status->start_ticks != start_ticks_;
}

void NamedTask::require_alive() const {
  if (is_alive()) return;
  static_cast<void>(require());
  throw Error(describe() + " has ended, and its id has gone to another");
}

void NamedTask::require_ours(const std::string& advice) const {
  struct stat owner {};
  const std::string proc = "/proc/" + std::to_string(id_);
  if (::geteuid() == 0 || ::stat(proc.c_str(), &owner) != 0 || owner.st_uid == ::geteuid()) return;
  throw Error(describe() + " belongs to user " + user_name(owner.st_uid), advice);
}

}  // namespace msgstat::tracer
