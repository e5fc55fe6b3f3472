// The system calls of each thread (bpf/thread_calls.h). Borrows the map. Not thread safe.
#pragma once

#include <cstdint>

struct bpf_map;

namespace msgstat::tracer {

class ThreadTable;

class ThreadCalls {
 public:
  // Before loading.
  static void size_map(bpf_map* map);
  ThreadCalls(const bpf_map* map, bool timed);

  // Adds what `bank` holds, and empties it.
  void take(std::uint32_t bank, ThreadTable& table);

 private:
  int fd_;
  bool timed_;
};

}  // namespace msgstat::tracer
