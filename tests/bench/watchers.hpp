// Ways to count the system calls of this process, for the benchmark of what each costs.
#pragma once

#include <memory>
#include <span>
#include <string>

namespace bench {

// Counts from its making to its end, which takes everything down.
class Watcher {
 public:
  Watcher() = default;
  virtual ~Watcher() = default;
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
};

struct Way {
  const char* name;
  // How many calls one timing takes: fewer where each costs much.
  int calls;
  // Throws std::exception with the reason when it cannot be had here.
  std::unique_ptr<Watcher> (*arm)();
};

// Those that the others are held against.
inline constexpr const char* kNothing = "nothing: the call itself";
inline constexpr const char* kEmpty = "an empty program on the hook";
inline constexpr const char* kSyscount = "syscount -L (libbpf-tools)";
inline constexpr const char* kClassic = "perf stat -e syscalls:sys_enter_getppid";

std::span<const Way> ways();

}  // namespace bench
