#include "tests/kernel/cgroup.hpp"

#include <unistd.h>

#include <fstream>
#include <system_error>

namespace kernel_test {

namespace fs = std::filesystem;

Cgroup::Cgroup(const std::string& name, const fs::path& parent)
    : path_(parent / (name + std::to_string(::getpid()))) {
  std::error_code error;
  fs::create_directory(path_, error);
  error_ = error.value();
}

Cgroup::~Cgroup() { ::rmdir(path_.c_str()); }

support::Requirement Cgroup::requirement() const {
  return {"cgroup2", error_ == 0, error_, "make a cgroup of version 2"};
}

void Cgroup::take(pid_t pid) const { std::ofstream(path_ / "cgroup.procs") << pid << std::flush; }

void Cgroup::release(pid_t pid) {
  std::ofstream(find_mount() / "cgroup.procs") << pid << std::flush;
}

fs::path Cgroup::find_mount() {
  std::ifstream mounts("/proc/self/mounts");
  for (std::string source, point, type, rest; mounts >> source >> point >> type;) {
    std::getline(mounts, rest);
    if (type == "cgroup2") return point;
  }
  return "/no-cgroup2";
}

}  // namespace kernel_test
