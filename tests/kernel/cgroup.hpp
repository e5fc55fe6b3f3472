// A cgroup of version 2 of the test's own, with whom the test moves into it. Owned by one thread.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "tests/support/requirement.hpp"

namespace kernel_test {

class Cgroup {
 public:
  explicit Cgroup(const std::string& name, const std::filesystem::path& parent = find_mount());
  // Whoever is in it must have left.
  ~Cgroup();
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;

  [[nodiscard]] support::Requirement requirement() const;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void take(pid_t pid) const;
  static void release(pid_t pid);

 private:
  static std::filesystem::path find_mount();

  std::filesystem::path path_;
  int error_ = 0;
};

}  // namespace kernel_test
