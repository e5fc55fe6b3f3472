#include "tracer/target/program_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tracer/error.hpp"
#include "tracer/privilege.hpp"
#include "tracer/target/process.hpp"

namespace msgstat::tracer {
namespace {

std::string root_of(pid_t pid) { return "/proc/" + std::to_string(pid) + "/root"; }

bool is_readable(const std::string& path) {
  std::error_code error;
  return may_access(path, R_OK) && std::filesystem::is_regular_file(path, error);
}

}  // namespace

std::vector<std::string> list_mapped_programs(pid_t pid) {
  std::vector<std::string> paths;
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  for (std::string line; std::getline(maps, line);) {
    std::istringstream fields(line);
    std::string range;
    std::string rights;
    if (!(fields >> range >> rights) || rights.find('x') == std::string::npos) continue;
    const std::size_t at = line.find('/');
    if (at != std::string::npos) paths.push_back(line.substr(at));
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

std::string find_program_file(const std::string& binary, const std::vector<pid_t>& pids) {
  const bool is_path = binary.find('/') != std::string::npos;
  for (const pid_t pid : pids) {
    if (!may_read_files(pid))
      throw Error("cannot look into the files of process " + std::to_string(pid),
                  "of another user's process that needs CAP_SYS_PTRACE: " + grant_command(),
                  EACCES);
    if (is_path) {
      if (std::string path = root_of(pid) + binary; binary[0] == '/' && is_readable(path))
        return path;
      continue;
    }
    for (const std::string& mapped : list_mapped_programs(pid))
      if (std::filesystem::path(mapped).filename() == binary && is_readable(root_of(pid) + mapped))
        return root_of(pid) + mapped;
  }
  if (is_path && (pids.empty() || binary[0] != '/') && is_readable(binary)) return binary;
  // Of one that ends, its memory goes before it does.
  if (!pids.empty() && std::all_of(pids.begin(), pids.end(),
                                   [](pid_t pid) { return list_mapped_programs(pid).empty(); }))
    throw Error("process " + std::to_string(pids.front()) + " has ended");
  throw UsageError("there is no program " + binary + " to count units in",
                   is_path ? "give its path as the target sees it"
                           : "a name without a path is that of a file that the target has mapped");
}

}  // namespace msgstat::tracer
