#include "tracer/target/cgroup.hpp"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

#include "tracer/error.hpp"

namespace msgstat::tracer {
namespace {

namespace fs = std::filesystem;

bool is_cgroup2(const fs::path& path) {
  struct statfs type {};
  std::error_code error;
  return fs::is_directory(path, error) && ::statfs(path.c_str(), &type) == 0 &&
         type.f_type == CGROUP2_SUPER_MAGIC;
}

std::optional<fs::path> find_mount() {
  std::ifstream mounts("/proc/self/mounts");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream fields(line);
    std::string source;
    std::string point;
    std::string type;
    if (fields >> source >> point >> type && type == "cgroup2") return point;
  }
  return std::nullopt;
}

}  // namespace

fs::path find_cgroup(const fs::path& path) {
  if (is_cgroup2(path)) return path;
  const auto mount = find_mount();
  if (mount && is_cgroup2(*mount / path.relative_path())) return *mount / path.relative_path();
  std::error_code error;
  if (fs::exists(path, error))
    throw Error(path.string() + " is not a cgroup of version 2",
                mount ? "those are below " + mount->string() : "none is mounted here");
  throw Error("there is no cgroup " + path.string(),
              mount ? "those are below " + mount->string() : "no cgroup2 is mounted here");
}

std::uint64_t cgroup_id(const fs::path& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0)
    throw Error("cgroup " + directory.string() + " is gone", {}, errno);
  return status.st_ino;
}

std::vector<pid_t> list_cgroup(const fs::path& directory) {
  std::vector<pid_t> pids;
  const auto read = [&pids](const fs::path& group) {
    std::ifstream file(group / "cgroup.procs");
    for (pid_t pid = 0; file >> pid;) pids.push_back(pid);
  };
  read(directory);
  std::error_code error;
  for (fs::recursive_directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code gone;
    if (entry->is_directory(gone)) read(entry->path());
  }
  return pids;
}

}  // namespace msgstat::tracer
