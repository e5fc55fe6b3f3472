// What single threads did in one window, put together from those who count it: system calls by
// tracer/probe/thread_calls.hpp, events by tracer/probe/cpu_events.hpp. Not thread safe.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "bpf/abi.h"
#include "tracer/window.hpp"

namespace msgstat::tracer {

class ThreadTable {
 public:
  void add_call(const thread_key& key, const thread_identity& who, ThreadSyscall call);
  void add_events(const thread_key& key, const thread_identity& who, std::uint64_t cpu_ns,
                  std::vector<EventCount> events);

  void clear() { rows_.clear(); }
  // Most time on a CPU first, then most calls; and so the calls of each.
  [[nodiscard]] std::vector<ThreadCounts> take();

 private:
  using Id = std::pair<std::uint64_t, std::uint32_t>;  // when it started; in the init namespace
  struct Row {
    std::uint64_t seen_ns = 0;
    ThreadCounts counts;
  };
  ThreadCounts& find(const thread_key& key, const thread_identity& who);

  std::map<Id, Row> rows_;
};

}  // namespace msgstat::tracer
