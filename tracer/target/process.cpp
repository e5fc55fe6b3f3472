#include "tracer/target/process.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>

#include "tracer/privilege.hpp"

namespace msgstat::tracer {
namespace {

namespace fs = std::filesystem;

fs::path proc(pid_t pid) { return fs::path("/proc") / std::to_string(pid); }

std::vector<pid_t> list_numbers(const fs::path& directory) {
  std::vector<pid_t> numbers;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    pid_t number = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    if (parsed.ec == std::errc{} && parsed.ptr == name.data() + name.size())
      numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

constexpr std::uint64_t kKernelThreadFlag = 0x00200000;  // PF_KTHREAD, include/linux/sched.h

std::optional<ProcessStatus> read_stat(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  // The name is in parentheses and may hold any byte: fields are counted from the last one.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(name_end + 1));
  ProcessStatus status;
  std::string skipped;
  std::uint64_t flags = 0;
  fields >> status.state >> status.parent;
  for (int field = 5; field <= 8; ++field) fields >> skipped;
  fields >> flags;
  for (int field = 10; field <= 13; ++field) fields >> skipped;
  fields >> status.user_ticks >> status.system_ticks >> status.children_user_ticks >>
      status.children_system_ticks;
  for (int field = 18; field <= 21; ++field) fields >> skipped;
  fields >> status.start_ticks;
  if (!fields) return std::nullopt;
  status.is_kernel_thread = (flags & kKernelThreadFlag) != 0;
  return status;
}

// The ticks split what was used, which is exact; when that is not known, they are what there is.
CpuTime split_by_ticks(const ProcessStatus& status, std::optional<double> used_s) {
  const double tick_s = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto user = static_cast<double>(status.user_ticks);
  const auto system = static_cast<double>(status.system_ticks);
  if (!used_s) return {.user_s = user * tick_s, .system_s = system * tick_s};
  // Before its first tick, all is the user's: cputime_adjust(), kernel/sched/cputime.c.
  if (user + system <= 0) return {.user_s = *used_s, .system_s = 0};
  return {.user_s = *used_s * user / (user + system),
          .system_s = *used_s * system / (user + system)};
}

std::optional<double> process_clock_s(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0)
    return std::nullopt;
  return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

// The clock of another process's thread may not be read; its schedstat may.
std::optional<double> thread_clock_s(pid_t tid) {
  std::ifstream file(proc(tid) / "task" / std::to_string(tid) / "schedstat");
  double on_cpu_ns = 0;
  if (!(file >> on_cpu_ns)) return std::nullopt;
  return 1e-9 * on_cpu_ns;
}

}  // namespace

std::optional<ProcessStatus> read_status(pid_t pid) { return read_stat(proc(pid) / "stat"); }

// /proc/TID/stat would be of the whole process.
std::optional<ProcessStatus> read_thread_status(pid_t tid) {
  return read_stat(proc(tid) / "task" / std::to_string(tid) / "stat");
}

std::optional<pid_t> process_of(pid_t tid) {
  std::ifstream file(proc(tid) / "status");
  for (std::string field; file >> field;) {
    pid_t tgid = 0;
    if (field == "Tgid:" && file >> tgid) return tgid;
  }
  return std::nullopt;
}

std::vector<pid_t> list_threads(pid_t pid) { return list_numbers(proc(pid) / "task"); }

std::vector<int> list_descriptors() { return list_numbers("/proc/thread-self/fd"); }

std::vector<pid_t> list_descendants(pid_t root) { return list_descendants(std::vector{root}); }

std::vector<pid_t> list_descendants(std::vector<pid_t> family) {
  std::multimap<pid_t, pid_t> children;
  for (const pid_t pid : list_numbers("/proc"))
    if (const auto status = read_status(pid)) children.emplace(status->parent, pid);
  for (std::size_t i = 0; i < family.size(); ++i) {
    const auto [first, last] = children.equal_range(family[i]);
    for (auto child = first; child != last; ++child) family.push_back(child->second);
  }
  return family;
}

std::string thread_name(pid_t pid, pid_t tid) {
  std::ifstream file(proc(pid) / "task" / std::to_string(tid) / "comm");
  std::string name;
  std::getline(file, name);
  return name;
}

CpuTime read_cpu_time(const std::vector<pid_t>& pids) {
  const double tick_s = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  CpuTime total;
  for (const pid_t pid : pids) {
    const auto status = read_status(pid);
    if (!status) continue;
    const CpuTime own = split_by_ticks(*status, process_clock_s(pid));
    total.user_s += own.user_s + static_cast<double>(status->children_user_ticks) * tick_s;
    total.system_s += own.system_s + static_cast<double>(status->children_system_ticks) * tick_s;
  }
  return total;
}

CpuTime read_thread_cpu_time(const std::vector<pid_t>& tids) {
  CpuTime total;
  for (const pid_t tid : tids) {
    const auto status = read_thread_status(tid);
    if (!status) continue;
    const CpuTime own = split_by_ticks(*status, thread_clock_s(tid));
    total.user_s += own.user_s;
    total.system_s += own.system_s;
  }
  return total;
}

CpuTime cpu_time_between(const CpuTime& then, const CpuTime& now) {
  const double user_s = now.user_s - then.user_s;
  const double total_s = std::max(0.0, user_s + now.system_s - then.system_s);
  return {.user_s = std::clamp(user_s, 0.0, total_s),
          .system_s = total_s - std::clamp(user_s, 0.0, total_s)};
}

std::optional<bool> has_io_uring(pid_t pid) {
  std::error_code error;
  for (fs::directory_iterator entry(proc(pid) / "fd", error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code gone;
    if (fs::read_symlink(entry->path(), gone) == "anon_inode:[io_uring]") return true;
  }
  if (error) return std::nullopt;
  return false;
}

std::string user_name(uid_t uid) {
  const passwd* user = ::getpwuid(uid);
  return user != nullptr ? user->pw_name : std::to_string(uid);
}

bool may_read_files(pid_t pid) { return may_access(proc(pid) / "root", X_OK) || errno != EACCES; }

}  // namespace msgstat::tracer
