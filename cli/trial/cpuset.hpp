// The CPUs of a process's cgroup, for the treatment --cgroup-cpus: cpuset.cpus of cgroup v2
// (cgroups(7)) or v1 (cpuset(7)), whichever controls the process.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "cli/trial/treatment.hpp"

namespace msgstat::cli {

// Throws UsageError when no cpuset controls the process, or one that others are in too: it would
// be they who are tried.
std::vector<Subject> cpuset_of(pid_t pid);
std::optional<std::string> read_cpuset(const Subject& subject);
void write_cpuset(const Subject& subject, const std::string& state);

}  // namespace msgstat::cli
