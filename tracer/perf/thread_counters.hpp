// Perf events on a set of threads, in counting mode, summed (perf_event_open(2)): a descriptor for
// each event and thread.
//
// Hardware events of one thread form a group, so that they count over the same time; those that do
// not fit form a second, and the groups take turns and are scaled. With `inherit` each event
// follows the threads and children that its thread makes. Not thread safe; owns its descriptors.
#pragma once

#include <sys/types.h>

#include <span>
#include <vector>

#include "tracer/fd.hpp"
#include "tracer/perf/event_set.hpp"

namespace msgstat::tracer {

class ThreadCounters {
 public:
  // Opens every event of `events` on every thread of `tids`, stopped.
  void open(EventSet& events, std::span<const pid_t> tids);
  void start();
  // Sums over all threads, with the counts of those they made. In the order of the events.
  [[nodiscard]] std::vector<EventCount> read(const EventSet& events) const;
  void close() { fds_.clear(); }

 private:
  std::vector<std::vector<Fd>> fds_;  // of each event
};

}  // namespace msgstat::tracer
