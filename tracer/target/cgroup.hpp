// Control groups, version 2 (cgroups(7)). Reads only; any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <vector>

namespace msgstat::tracer {

// The directory that `path` names: as it stands, or below where cgroup2 is mounted, as perf takes
// it. Throws Error when it is none of version 2.
std::filesystem::path find_cgroup(const std::filesystem::path& path);

// As the kernel knows it: the inode number of the directory.
std::uint64_t cgroup_id(const std::filesystem::path& directory);

// Processes in it and below; 0 for each that our pid namespace does not show.
std::vector<pid_t> list_cgroup(const std::filesystem::path& directory);

}  // namespace msgstat::tracer
