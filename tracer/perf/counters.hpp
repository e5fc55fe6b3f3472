// Perf events on a set of threads, in counting mode, summed (perf_event_open(2)).
//
// Hardware events of one thread form a group, so that they count over the same time; those that do
// not fit form a second, and the groups take turns and are scaled. Each event follows the threads
// and children that its thread makes (inherit). Not thread safe; owns its descriptors.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <vector>

#include "tracer/fd.hpp"
#include "tracer/perf/event.hpp"
#include "tracer/window.hpp"

namespace msgstat::tracer {

class PerfCounters {
 public:
  explicit PerfCounters(std::vector<Event> events, bool inherit = true);

  // Opens every event on every thread of `tids`, stopped. What cannot be opened is not an error:
  // read() gives it a state and a reason. A thread that has ended meanwhile is passed over.
  void open(std::span<const pid_t> tids);
  void start();
  void stop();
  // Sums over all threads, with the counts of those they made. In the order of the events.
  [[nodiscard]] std::vector<EventCount> read() const;
  void close();
  // Says of every event that it could not be armed, and why. Until the next open().
  void give_up(const std::string& reason);

  // How many descriptors one thread takes: events that this machine can count.
  [[nodiscard]] std::size_t descriptors_per_thread() const;

 private:
  struct Slot {
    Event event;
    CounterState state = CounterState::kNotCounted;
    std::string reason;
    std::vector<Fd> fds;
  };

  // One open group: its leader's descriptor (-1 as long as there is none) and its size.
  struct Group {
    int leader = -1;
    std::size_t size = 0;
  };

  [[nodiscard]] std::size_t find_group_limit() const;
  [[nodiscard]] bool runs_as_group(std::size_t size) const;
  void open_thread(pid_t tid);
  [[nodiscard]] Fd open_event(const Slot& slot, pid_t tid, int leader) const;
  void fail(Slot& slot, int error) const;

  std::vector<Slot> slots_;
  bool inherit_;
  std::size_t group_limit_ = 1;  // so many hardware events at most count at the same time
};

}  // namespace msgstat::tracer
