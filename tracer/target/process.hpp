// What /proc says of a process (proc(5)). Reads only; any thread. A pid is one of our namespace.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tracer/window.hpp"

namespace msgstat::tracer {

struct ProcessStatus {
  pid_t parent = 0;
  char state = '?';  // R S D Z T …
  bool is_kernel_thread = false;
  std::uint64_t start_ticks = 0;  // since boot: with the pid, names a process once and for all
  std::uint64_t user_ticks = 0;   // clock ticks, sysconf(_SC_CLK_TCK)
  std::uint64_t system_ticks = 0;
  std::uint64_t children_user_ticks = 0;  // of children that ended and were waited for
  std::uint64_t children_system_ticks = 0;
};

// Absent when there is no such process.
std::optional<ProcessStatus> read_status(pid_t pid);

// The same of one thread alone, by its id.
std::optional<ProcessStatus> read_thread_status(pid_t tid);

// The process that a thread, by its id, belongs to: itself for a process. Absent when there is
// none.
std::optional<pid_t> process_of(pid_t tid);

// Thread ids, ascending; empty when the process has ended.
std::vector<pid_t> list_threads(pid_t pid);

// Open descriptors of the calling thread, which may have a table of its own.
std::vector<int> list_descriptors();

// The process and all its descendants, the process first; the same of several.
std::vector<pid_t> list_descendants(pid_t pid);
std::vector<pid_t> list_descendants(std::vector<pid_t> pids);

// comm of one thread; empty when it has ended.
std::string thread_name(pid_t pid, pid_t tid);

// CPU time of the processes so far and of their children that ended. The sum of user and system is
// exact to the nanosecond for the living (clock_getcpuclockid(3)); the split between them, and
// what dead children used, to a clock tick.
CpuTime read_cpu_time(const std::vector<pid_t>& pids);
// The same of single threads, of one that runs to a clock tick; their children's is not in it.
CpuTime read_thread_cpu_time(const std::vector<pid_t>& tids);
// What was used between two readings: their exact sum, of which neither part is negative.
CpuTime cpu_time_between(const CpuTime& then, const CpuTime& now);

// Whether the process holds an io_uring. Absent when its descriptors may not be read.
std::optional<bool> has_io_uring(pid_t pid);

// False when the kernel refuses this user the files as the process sees them; true when it has
// ended.
bool may_read_files(pid_t pid);

// Of passwd(5); the number of one who is not there. Not for two threads at once (getpwuid(3)).
std::string user_name(uid_t uid);

}  // namespace msgstat::tracer
