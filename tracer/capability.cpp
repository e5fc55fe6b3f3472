#include "tracer/capability.hpp"

#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <thread>

#include "tracer/collector.hpp"
#include "tracer/error.hpp"
#include "tracer/fd.hpp"
#include "tracer/perf/event.hpp"
#include "tracer/target/cpu_list.hpp"

namespace msgstat::tracer {
namespace {

using State = Capability::State;

// What a probe found; the table below has the rest.
struct Found {
  State state = State::kLacking;
  std::string detail;
  std::string remedy;
};

std::optional<std::string> read_file(const char* path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

// A field of /proc/self/status (proc(5)).
std::string own_status(const std::string& field) {
  std::istringstream lines(read_file("/proc/self/status").value_or(""));
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(field + ":"))
      return line.substr(line.find_first_not_of(": \t", field.size()));
  return {};
}

constexpr const char* kGrant = "setcap cap_bpf,cap_perfmon,cap_sys_ptrace=ep $(command -v msgstat)";

Found has(unsigned capability) {
  if (has_capability(capability)) return {State::kThere, "in the effective set", {}};
  return {State::kLacking, "not in the effective set", kGrant};
}

Found find_btf() {
  constexpr const char* kFile = "/sys/kernel/btf/vmlinux";
  if (::access(kFile, R_OK) == 0) return {State::kThere, kFile, {}};
  return {State::kLacking, std::string(kFile) + ": " + std::strerror(errno),
          "a kernel built with CONFIG_DEBUG_INFO_BTF, as Debian's are"};
}

// Counts a known number of calls of our own.
Found count_known_calls() {
  constexpr std::uint64_t kCalls = 7;
  Collector collector = Collector::self();
  collector.open();
  // The collector's thread is left out of its own counts; another's are in.
  std::uint64_t counted = 0;
  std::thread([] {
    for (std::uint64_t i = 0; i < kCalls; ++i) ::syscall(SYS_getppid);
  }).join();
  const Window window = collector.close();
  if (!window.syscalls)
    return {State::kLacking, window.syscalls_reason, has_capability(CAP_BPF) ? "" : kGrant};
  for (const SyscallCount& call : *window.syscalls)
    if (call.name == "getppid") counted = call.calls;
  const std::string detail =
      std::to_string(counted) + " of " + std::to_string(kCalls) + " known calls counted";
  return {counted == kCalls ? State::kThere : State::kLacking, detail, {}};
}

Found keep_run_time() {
  bpf_attr attr{};
  attr.enable_stats.type = BPF_STATS_RUN_TIME;
  const Fd stats(static_cast<int>(::syscall(SYS_bpf, BPF_ENABLE_STATS, &attr, sizeof attr)));
  if (stats.is_open()) return {State::kThere, "BPF_ENABLE_STATS", {}};
  return {State::kLacking, std::string("BPF_ENABLE_STATS: ") + std::strerror(errno),
          errno == EPERM ? "run as root: it takes CAP_SYS_ADMIN" : ""};
}

// As the collector opens it: with what the kernel does for us.
Found open_event(const char* name, const char* remedy) {
  perf_event_attr attr = find_event(name).attr;
  attr.size = sizeof attr;
  attr.disabled = 1;
  const Fd event(
      static_cast<int>(::syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC)));
  if (event.is_open()) return {State::kThere, std::string(name) + " opens", {}};
  const int error = errno;
  const bool is_refused = error == EPERM || error == EACCES;
  if (is_refused && !has_capability(CAP_PERFMON)) remedy = "sysctl kernel.perf_event_paranoid=1";
  if (is_refused && has_capability(CAP_PERFMON)) remedy = "";  // a filter, which has its own line
  return {State::kLacking, std::string(name) + ": " + std::strerror(error), remedy};
}

Found open_software_event() { return open_event("context-switches", ""); }

Found open_hardware_event() {
  return open_event("cycles", "run on a machine, or in a virtual one, that has a hardware PMU");
}

Found read_paranoid() {
  const auto level = read_file("/proc/sys/kernel/perf_event_paranoid");
  if (!level) return {State::kLacking, "perf_event_open is not there", {}};
  if (has_capability(CAP_PERFMON))
    return {State::kThere, *level + ", which CAP_PERFMON overrides", {}};
  if (std::stoi(*level) <= 1) return {State::kThere, *level, {}};
  return {State::kLimited, *level + ": only events with :u, which leave the kernel out",
          "sysctl kernel.perf_event_paranoid=1"};
}

Found read_lockdown() {
  const auto mode = read_file("/sys/kernel/security/lockdown");
  if (!mode) return {State::kThere, "unknown: securityfs is not mounted", {}};
  if (mode->find("[none]") != std::string::npos) return {State::kThere, "none", {}};
  if (mode->find("[integrity]") != std::string::npos)
    return {State::kThere, "integrity: no kprobes and no fentry, which are not needed", {}};
  return {State::kLimited, "confidentiality: BPF may not read kernel memory",
          "boot with lockdown=integrity or lockdown=none"};
}

Found find_tracefs() {
  for (const char* path : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    struct statfs type {};
    if (::statfs(path, &type) == 0 && type.f_type == TRACEFS_MAGIC)
      return {State::kThere, path, {}};
  }
  return {State::kLimited, "not mounted; the counts do not need it",
          "mount -t tracefs tracefs /sys/kernel/tracing"};
}

Found read_pid_namespace() {
  // PROC_PID_INIT_INO in the kernel's include/linux/proc_ns.h.
  constexpr ino_t kInitNamespace = 0xEFFFFFFCU;
  struct stat own {};
  if (::stat("/proc/self/ns/pid", &own) != 0)
    return {State::kLacking, "/proc is not mounted", "mount -t proc proc /proc"};
  if (own.st_ino == kInitNamespace) return {State::kThere, "the initial one", {}};
  return {State::kLimited, "a container's: its processes can be measured, and no others",
          "run in the host's pid namespace to see all processes"};
}

Found read_seccomp() {
  const std::string mode = own_status("Seccomp");
  if (mode.empty() || mode == "0") return {State::kThere, "no filter", {}};
  return {State::kLimited, "a filter is in force and may refuse bpf or perf_event_open",
          "run without it (docker: --security-opt seccomp=unconfined)"};
}

Found read_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return {State::kThere, "up to " + std::to_string(limit.rlim_max) + " a process (ulimit -Hn)", {}};
}

Found count_cpus() {
  const CpuList cpus = allowed_cpus(0);
  if (cpus.size() > 1) return {State::kThere, to_string(cpus), {}};
  return {State::kLimited, to_string(cpus) + ": server and load share it", {}};
}

struct Probe {
  const char* name = "";
  const char* use = "";
  Found (*find)() = nullptr;
  bool essential = false;
};

constexpr std::array kProbes = {
    Probe{"kernel type information", "BPF programs find kernel fields by it (BTF)", find_btf, true},
    Probe{"CAP_BPF", "loads BPF programs", [] { return has(CAP_BPF); }, true},
    Probe{"CAP_PERFMON", "lets them trace", [] { return has(CAP_PERFMON); }, true},
    Probe{"CAP_SYS_PTRACE", "reads /proc of other users' processes",
          [] { return has(CAP_SYS_PTRACE); }},
    Probe{"system call counts", "calls and errors per message", count_known_calls, true},
    Probe{"observer's cost", "the kernel's own BPF run-time statistics", keep_run_time},
    Probe{"software events", "task-clock, context-switches, cpu-migrations, page-faults",
          open_software_event},
    Probe{"hardware events", "cycles, instructions, branches, branch-misses", open_hardware_event},
    Probe{"perf_event_paranoid", "what users may count", read_paranoid},
    Probe{"lockdown", "what the kernel lets root do", read_lockdown},
    Probe{"seccomp", "a filter on our own system calls", read_seccomp},
    Probe{"pid namespace", "which processes can be seen", read_pid_namespace},
    Probe{"tracefs", "tracepoints by name", find_tracefs},
    Probe{"descriptors", "connections of one server", read_descriptor_limit},
    Probe{"CPUs", "a CPU each for server and load", count_cpus},
};

}  // namespace

bool has_capability(unsigned capability) {
  const std::string effective = own_status("CapEff");
  return !effective.empty() && ((std::stoull(effective, nullptr, 16) >> capability) & 1U) != 0;
}

std::vector<Capability> probe_capabilities() {
  std::vector<Capability> capabilities;
  for (const Probe& probe : kProbes) {
    Found found;
    try {
      found = probe.find();
    } catch (const std::exception& error) {
      found = {State::kLacking, error.what(), {}};
    }
    capabilities.push_back({.name = probe.name,
                            .use = probe.use,
                            .state = found.state,
                            .detail = found.detail,
                            .remedy = found.state == State::kThere ? "" : found.remedy,
                            .essential = probe.essential});
  }
  return capabilities;
}

}  // namespace msgstat::tracer
