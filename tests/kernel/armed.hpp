// What of eBPF a process holds, by the kernel's ids, and whether it is still there when nobody
// should hold it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kernel_test {

struct Armed {
  std::vector<std::uint32_t> programs;
  std::vector<std::uint32_t> links;
};

// Held by the descriptors of a thread: from the fdinfo of each (proc(5)).
Armed armed_by(pid_t pid, pid_t tid);

// How many of them the kernel still has.
std::size_t alive(const Armed& armed);
// The same, once they had time to go: the kernel frees them after a grace period.
std::size_t alive_in_the_end(const Armed& armed);

}  // namespace kernel_test
