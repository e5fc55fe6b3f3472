// The events that are wanted, how they are opened (perf_event_open(2)), and what this machine says
// of each that cannot be. Not thread safe; the descriptors are the callers'.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tracer/fd.hpp"
#include "tracer/perf/event.hpp"
#include "tracer/window.hpp"

namespace msgstat::tracer {

// One event's counts of several descriptors, each scaled by itself.
struct EventSum {
  double value = 0;
  double enabled_ns = 0;
  double running_ns = 0;

  void add(std::uint64_t counted, std::uint64_t enabled, std::uint64_t running);
};

class EventSet {
 public:
  struct Item {
    Event event;
    CounterState state = CounterState::kNotCounted;
    std::string reason;            // not empty: it is not opened
    bool is_of_no_thread = false;  // of the machine: on a CPU it would not be the target's

    [[nodiscard]] EventCount describe(const EventSum& sum) const;
  };

  // Finds out on the calling thread which events this machine has, and how many count together.
  // `inherit`: those that are opened on threads follow the threads and children that these make.
  EventSet(std::vector<Event> events, bool inherit);

  [[nodiscard]] std::span<const Item> items() const { return items_; }
  // Events that this machine can count.
  [[nodiscard]] std::size_t count_supported() const;

  using Take = std::function<void(std::size_t item, Fd fd)>;
  // Opens each item that has no reason against it on a thread, stopped. One that has ended
  // meanwhile is passed over; what cannot be opened gets its state and reason.
  void open_on_thread(pid_t tid, const Take& take);
  // The same on a CPU, counting whoever runs there, of the items that `wants` names.
  void open_on_cpu(int cpu, const std::function<bool(std::size_t item)>& wants, const Take& take);

  // Says of an event, or of each that has no reason yet, why it cannot be counted.
  void refuse(std::size_t item, const std::string& reason);
  void refuse_all(const std::string& reason);
  // Forgets all reasons but those that are the machine's.
  void forget_reasons();

 private:
  // Where an event is opened: on a thread, or with tid -1 on a CPU.
  struct Place {
    pid_t tid;
    int cpu;
  };

  [[nodiscard]] std::size_t find_group_limit() const;
  [[nodiscard]] bool runs_as_group(std::size_t size) const;
  [[nodiscard]] Fd open_one(const Item& item, Place place, int leader) const;
  void open_at(Place place, const std::function<bool(std::size_t item)>& wants, const Take& take);
  static void fail(Item& item, int error);

  std::vector<Item> items_;
  bool inherit_;
  std::size_t group_limit_ = 1;  // so many hardware events at most count at the same time
};

}  // namespace msgstat::tracer
