#include "cli/trial/cpuset.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "tracer/error.hpp"
#include "tracer/fd.hpp"
#include "tracer/target/process.hpp"

namespace msgstat::cli {
namespace {

namespace fs = std::filesystem;

// Where cgroups that have cpusets are mounted, v1 before v2 (proc(5), mounts).
std::optional<fs::path> mount_point(bool v2) {
  std::ifstream file("/proc/self/mounts");
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string device;
    std::string point;
    std::string type;
    std::string options;
    fields >> device >> point >> type >> options;
    if (v2 ? type == "cgroup2"
           : type == "cgroup" && ("," + options + ",").find(",cpuset,") != std::string::npos)
      return point;
  }
  return std::nullopt;
}

// "N:controllers:path", of v2 "0::path" (proc(5), cgroup).
std::optional<std::string> path_of(pid_t pid, bool v2) {
  std::ifstream file(fmt::format("/proc/{}/cgroup", pid));
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    if (v2 ? controllers == ",," : controllers.find(",cpuset,") != std::string::npos)
      return line.substr(second + 1);
  }
  return std::nullopt;
}

void require_alone(pid_t pid, const fs::path& directory) {
  const auto ours = tracer::list_descendants(pid);
  std::ifstream members(directory / "cgroup.procs");
  for (pid_t member = 0; members >> member;)
    if (std::find(ours.begin(), ours.end(), member) == ours.end())
      throw UsageError(fmt::format("process {} is in the cgroup of process {} too", member, pid),
                       "give the target a cgroup of its own, or use --pin");
}

}  // namespace

std::vector<Subject> cpuset_of(pid_t pid) {
  for (const bool v2 : {false, true}) {
    const auto mount = mount_point(v2);
    const auto path = path_of(pid, v2);
    if (!mount || !path || *path == "/") continue;
    const fs::path directory = *mount / path->substr(1);
    const fs::path file = directory / "cpuset.cpus";
    if (::access(file.c_str(), W_OK) != 0) continue;
    require_alone(pid, directory);
    return {{.id = file.string(), .start_ticks = 0}};
  }
  throw UsageError(fmt::format("process {} has no cpuset of its own that could be changed", pid),
                   "put it in a cgroup with the cpuset controller, or use --pin");
}

std::optional<std::string> read_cpuset(const Subject& subject) {
  std::ifstream file(subject.id);
  std::string state;
  if (!file) return std::nullopt;
  std::getline(file, state);
  return state;
}

void write_cpuset(const Subject& subject, const std::string& state) {
  const tracer::Fd file(::open(subject.id.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.get() < 0 && errno == ENOENT) return;
  check(file.get(), "open " + subject.id);
  // An empty one (v2: as the parent's) is written as a line too.
  const std::string line = state + "\n";
  check(::write(file.get(), line.data(), line.size()),
        fmt::format("write '{}' to {}", state, subject.id));
}

}  // namespace msgstat::cli
