// Lists of CPUs as taskset(1) and cpuset(7) write them: "0", "0-3", "0,2,8-11". Values; any thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace msgstat::tracer {

using CpuList = std::vector<unsigned>;  // ascending, each once

// Throws UsageError for what is no list, and for a CPU that this thread may not run on.
CpuList parse_cpu_list(std::string_view text);
// "0-3,8"
std::string to_string(const CpuList& cpus);

// Where thread `tid` may run; 0 is the calling one. Throws Error when it has ended.
CpuList allowed_cpus(pid_t tid);
void set_allowed_cpus(pid_t tid, const CpuList& cpus);

}  // namespace msgstat::tracer
