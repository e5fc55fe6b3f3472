#include "tracer/privilege.hpp"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace msgstat::tracer {
namespace {

// The kernel's include/linux/proc_ns.h.
constexpr ino_t kFirstUserNamespace = 0xEFFFFFFDU;  // PROC_USER_INIT_INO
constexpr ino_t kFirstPidNamespace = 0xEFFFFFFCU;   // PROC_PID_INIT_INO

// Where /proc cannot tell, nothing speaks against the first.
bool is_in_namespace(const char* link, ino_t inode) {
  struct stat own {};
  return ::stat(link, &own) != 0 || own.st_ino == inode;
}

// A set of capabilities in /proc/self/status (proc(5)).
bool is_in_set(const char* set, unsigned capability) {
  std::ifstream status("/proc/self/status");
  for (std::string field; status >> field;) {
    std::string bits;
    if (field == std::string(set) + ":" && status >> bits)
      return ((std::stoull(bits, nullptr, 16) >> capability) & 1U) != 0;
  }
  return false;
}

bool is_refusal(int error) { return error == EPERM || error == EACCES || error == ENOSYS; }

constexpr std::array kNeeded = {std::pair{CAP_BPF, "CAP_BPF"},
                                std::pair{CAP_PERFMON, "CAP_PERFMON"}};

std::string filtered(const std::string& call) {
  return "a seccomp filter refuses " + call + ": " + kRunUnfiltered;
}

// "CAP_BPF and CAP_PERFMON", those that we lack.
std::string lacking() {
  std::string names;
  for (const auto& [number, name] : kNeeded)
    if (!has_capability(number)) names += (names.empty() ? "" : " and ") + std::string(name);
  return names;
}

}  // namespace

bool has_capability(unsigned capability) { return is_in_set("CapEff", capability); }

bool is_in_first_user_namespace() {
  return is_in_namespace("/proc/self/ns/user", kFirstUserNamespace);
}

bool is_in_first_pid_namespace() {
  return is_in_namespace("/proc/self/ns/pid", kFirstPidNamespace);
}

bool is_privileged_by_file() {
  return ::geteuid() != 0 && has_capability(CAP_BPF) && !is_in_set("CapAmb", CAP_BPF);
}

// Arguments that the kernel itself refuses before it asks for privileges: a structure that is too
// long (E2BIG), flags that there are not (EINVAL).
bool is_bpf_filtered() {
  constexpr unsigned kTooLong = 1U << 20U;
  return ::syscall(SYS_bpf, BPF_PROG_ATTACH, nullptr, kTooLong) < 0 && is_refusal(errno);
}

bool is_perf_filtered() {
  constexpr unsigned long kNoFlags = ~0UL;
  return ::syscall(SYS_perf_event_open, nullptr, 0, -1, -1, kNoFlags) < 0 && is_refusal(errno);
}

std::optional<std::string> lockdown_mode() {
  std::ifstream file("/sys/kernel/security/lockdown");
  for (std::string mode; file >> mode;)
    if (mode.size() > 2 && mode.front() == '[') return mode.substr(1, mode.size() - 2);
  return std::nullopt;
}

bool is_locked_down() { return lockdown_mode() == "confidentiality"; }

std::optional<std::string> find_fault_of_proc() {
  std::error_code error;
  const std::string self = std::filesystem::read_symlink("/proc/self", error);
  if (error) return "/proc is not mounted";
  if (self == std::to_string(::getpid())) return std::nullopt;
  return "/proc is that of another pid namespace than ours, and so are its process ids";
}

std::string grant_command() {
  if (!is_in_set("CapBnd", CAP_BPF) || !is_in_set("CapBnd", CAP_PERFMON))
    return "docker run --cap-add=BPF --cap-add=PERFMON --cap-add=SYS_PTRACE";
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (program.filename() != "msgstat") return "run it as root";
  return "sudo setcap cap_bpf,cap_perfmon,cap_sys_ptrace=ep " + program.string();
}

std::string how_to_count_calls() {
  if (!is_in_first_user_namespace())
    return "in a user namespace the kernel lets nobody trace: run msgstat outside of it";
  if (const std::string names = lacking(); !names.empty())
    return "needs " + names + ": " + grant_command();
  if (is_bpf_filtered()) return filtered("bpf(2)");
  if (is_locked_down())
    return "the kernel is locked down (confidentiality): boot with lockdown=integrity or none";
  return "'msgstat doctor' tells what is there";
}

std::string how_to_count_events() {
  if (is_perf_filtered()) return filtered("perf_event_open(2)");
  return "needs CAP_PERFMON or a lower kernel.perf_event_paranoid";
}

bool may_access(const std::string& path, int mode) {
  return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0;
}

}  // namespace msgstat::tracer
