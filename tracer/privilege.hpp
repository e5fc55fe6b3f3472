// What this process may do, and why the kernel refuses what it may not, as the end of a line that a
// person can act on. Reads /proc and /sys; any thread.
#pragma once

#include <optional>
#include <string>

namespace msgstat::tracer {

// A capability (linux/capability.h) in the effective set. In another user namespace than the first
// the kernel's tracing takes none of them.
bool has_capability(unsigned capability);
bool is_in_first_user_namespace();
bool is_in_first_pid_namespace();

// We have CAP_BPF by the program's file alone (setcap(8)): what we start does not have it.
bool is_privileged_by_file();

// Whether a seccomp filter answers bpf(2), perf_event_open(2), in the kernel's place.
bool is_bpf_filtered();
bool is_perf_filtered();
// What to do about it.
inline constexpr const char* kRunUnfiltered =
    "run without it (docker: --security-opt seccomp=unconfined)";

// The kernel's lockdown mode, "integrity"; absent when it does not tell.
std::optional<std::string> lockdown_mode();
// The mode is "confidentiality": no eBPF program loads that reads kernel memory, and bpf(2) says
// EINVAL.
bool is_locked_down();

// What is wrong with /proc, as a sentence: it is not mounted, or its ids are of another pid
// namespace than ours. Absent when nothing is.
std::optional<std::string> find_fault_of_proc();

// The command that gives msgstat what it uses, CAP_SYS_PTRACE for the processes of others included.
std::string grant_command();

// What it takes to count system calls, by what we lack, as a clause.
std::string how_to_count_calls();
// The same of perf events.
std::string how_to_count_events();

// access(2) asks for the real user, without capabilities: this for the effective one, with them.
bool may_access(const std::string& path, int mode);

}  // namespace msgstat::tracer
