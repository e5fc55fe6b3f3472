// Files of programs as the target sees them, in its own mount namespace. Reads only; any thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace msgstat::tracer {

// What a process has mapped to execute, as paths in its own mount namespace.
std::vector<std::string> list_mapped_programs(pid_t pid);

// A path that we can open for the file that `binary` is to one of the processes: a path of theirs,
// or the name of one that they have mapped ("libc.so.6"). Of no process: a path of ours. Throws
// UsageError when there is none, Error when their files may not be looked into, or all have ended.
std::string find_program_file(const std::string& binary, const std::vector<pid_t>& pids);

}  // namespace msgstat::tracer
