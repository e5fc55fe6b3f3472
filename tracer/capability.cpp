#include "tracer/capability.hpp"

#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <thread>

#include "tracer/collector.hpp"
#include "tracer/error.hpp"
#include "tracer/fd.hpp"
#include "tracer/perf/event.hpp"
#include "tracer/privilege.hpp"
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

Found has(unsigned capability) {
  if (!has_capability(capability))
    return {State::kLacking, "not in the effective set", grant_command()};
  if (!is_in_first_user_namespace())
    return {State::kLacking, "of this user namespace, which the kernel's tracing does not ask",
            "run msgstat outside of it"};
  return {State::kThere, "in the effective set", {}};
}

Found find_btf() {
  constexpr const char* kFile = "/sys/kernel/btf/vmlinux";
  if (may_access(kFile, R_OK)) return {State::kThere, kFile, {}};
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
  if (!window.syscalls) return {State::kLacking, window.syscalls_reason, {}};
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
          errno == EPERM ? "sysctl kernel.bpf_stats_enabled=1, or CAP_SYS_ADMIN" : ""};
}

bool opens(const Event& event) {
  perf_event_attr attr = event.attr;
  attr.size = sizeof attr;
  attr.disabled = 1;
  return Fd(static_cast<int>(
                ::syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC)))
      .is_open();
}

void add_word(std::string& list, const std::string& word) {
  list += (list.empty() ? "" : ", ") + word;
}

Found open_software_events() {
  std::string opened;
  std::string refused;
  int error = 0;
  for (const char* name : {"task-clock", "context-switches", "cpu-migrations", "page-faults"}) {
    const Event event = find_event(name);
    const auto restricted = in_user_mode(event);
    if (opens(event)) {
      add_word(opened, name);
    } else if (restricted && opens(*restricted)) {
      add_word(opened, restricted->name);
    } else {
      error = errno;
      add_word(refused, name);
    }
  }
  if (refused.empty()) return {State::kThere, opened, {}};
  const std::string missing = refused + ": " + std::strerror(error);
  const std::string remedy =
      is_perf_filtered() ? how_to_count_events() : "sysctl kernel.perf_event_paranoid=1";
  if (opened.empty()) return {State::kLacking, missing, remedy};
  return {State::kLimited, opened + "; not " + missing, remedy};
}

Found open_hardware_event() {
  const Event event = find_event("cycles");
  if (opens(event) || opens(in_user_mode(event).value_or(event)))
    return {State::kThere, "cycles opens", {}};
  const int error = errno;
  const bool is_refused = error == EACCES || error == EPERM || is_perf_filtered();
  return {State::kLacking, std::string("cycles: ") + std::strerror(error),
          is_refused ? how_to_count_events()
                     : "run on a machine, or in a virtual one, that has a hardware PMU"};
}

Found read_paranoid() {
  std::ifstream file("/proc/sys/kernel/perf_event_paranoid");
  int level = 0;
  if (!file) return {State::kLacking, "the kernel has no perf events", {}};
  if (!(file >> level)) return {State::kLimited, "no number", {}};
  const std::string shown = std::to_string(level);
  if (has_capability(CAP_PERFMON) && is_in_first_user_namespace())
    return {State::kThere, shown + ", which CAP_PERFMON overrides", {}};
  // Up to 2 the kernel's own (Documentation/admin-guide/sysctl/kernel.rst), 3 and 4 distributions'.
  constexpr const char* kRemedy = "sysctl kernel.perf_event_paranoid=1";
  if (level <= 1) return {State::kThere, shown, {}};
  if (level == 2)
    return {State::kLimited, shown + ": only user mode is counted, and no context switch", kRemedy};
  return {State::kLimited, shown + ": nothing is counted for who has no CAP_PERFMON", kRemedy};
}

Found read_lockdown() {
  const auto mode = lockdown_mode();
  if (!mode) return {State::kThere, "unknown: securityfs is not mounted", {}};
  if (*mode == "none") return {State::kThere, *mode, {}};
  if (*mode == "integrity")
    return {State::kThere, "integrity: no kprobes and no fentry, which are not needed", {}};
  return {State::kLimited, *mode + ": BPF may not read kernel memory",
          "boot with lockdown=integrity or lockdown=none"};
}

Found find_tracefs() {
  constexpr const char* kUse = "; only tracepoints that kernel types lack (syscalls:*) need it";
  for (const std::string path : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    struct statfs type {};
    if (::statfs(path.c_str(), &type) != 0 || type.f_type != TRACEFS_MAGIC) continue;
    if (may_access(path + "/events", R_OK | X_OK)) return {State::kThere, path, {}};
    return {State::kLimited, path + " is root's alone" + kUse, "run as root"};
  }
  return {State::kLimited, std::string("not mounted") + kUse,
          "mount -t tracefs tracefs /sys/kernel/tracing"};
}

Found read_user_namespace() {
  if (is_in_first_user_namespace()) return {State::kThere, "the initial one", {}};
  return {State::kLacking, "another one: its capabilities are none to the kernel's tracing",
          "run msgstat outside of it"};
}

Found read_pid_namespace() {
  if (const auto fault = find_fault_of_proc())
    return {State::kLacking, *fault, "mount -t proc proc /proc"};
  if (is_in_first_pid_namespace()) return {State::kThere, "the initial one", {}};
  return {State::kLimited, "a container's: its processes can be measured, and no others",
          "run in the host's pid namespace to see all processes"};
}

Found read_seccomp() {
  std::string refused;
  if (is_bpf_filtered()) refused = "bpf(2)";
  if (is_perf_filtered())
    refused += (refused.empty() ? "" : " and ") + std::string("perf_event_open(2)");
  if (refused.empty()) return {State::kThere, "refuses neither bpf(2) nor perf_event_open(2)", {}};
  return {State::kLacking, "a filter refuses " + refused, kRunUnfiltered};
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
          open_software_events},
    Probe{"hardware events", "cycles, instructions, branches, branch-misses", open_hardware_event},
    Probe{"perf_event_paranoid", "what users may count", read_paranoid},
    Probe{"lockdown", "what the kernel lets root do", read_lockdown},
    Probe{"seccomp", "a filter on our own system calls", read_seccomp},
    Probe{"user namespace", "whose capabilities count", read_user_namespace},
    Probe{"pid namespace", "which processes can be seen", read_pid_namespace},
    Probe{"tracefs", "tracepoints by name", find_tracefs},
    Probe{"descriptors", "connections of one server", read_descriptor_limit},
    Probe{"CPUs", "a CPU each for server and load", count_cpus},
};

}  // namespace

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
