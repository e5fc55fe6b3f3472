#include "tracer/perf/cpu_counters.hpp"

#include <string>
#include <utility>

#include "tracer/error.hpp"
#include "tracer/thread_table.hpp"

namespace msgstat::tracer {

// An event on a CPU sees a switch after the hook at it does, and would count it for who comes.
CpuCounters::Way CpuCounters::way_of(const Event& event) {
  if (!event.is_software()) return Way::kEvent;
  switch (event.attr.config) {
    case PERF_COUNT_SW_CPU_CLOCK:
    case PERF_COUNT_SW_TASK_CLOCK:
      return Way::kClock;
    case PERF_COUNT_SW_CONTEXT_SWITCHES:
      return event.attr.exclude_kernel != 0 ? Way::kNone : Way::kSwitches;
    case PERF_COUNT_SW_CGROUP_SWITCHES:
      return Way::kNone;
    default:
      return Way::kEvent;
  }
}

CpuCounters::CpuCounters(const EventSet& events, const TargetFilter& filter, bool by_thread) {
  for (const EventSet::Item& item : events.items()) {
    ways_.push_back(way_of(item.event));
    slots_.push_back(slot_count_);
    if (ways_.back() == Way::kEvent && item.state != CounterState::kNotSupported) ++slot_count_;
  }
  if (slot_count_ > CPU_EVENTS)
    throw Error("more than " + std::to_string(CPU_EVENTS) + " events cannot be counted per CPU");
  probe_ = std::make_unique<CpuEvents>(filter, slot_count_, by_thread);
}

void CpuCounters::open(EventSet& events, pid_t left_out, std::size_t free) {
  close();
  const std::vector<int> cpus = probe_->online();
  if (cpus.size() * slot_count_ > free)
    throw Error(std::to_string(cpus.size()) + " CPUs take " +
                std::to_string(cpus.size() * slot_count_) + " descriptors, more than are free");
  const auto is_event = [this](std::size_t item) { return ways_[item] == Way::kEvent; };
  for (const int cpu : cpus)
    events.open_on_cpu(cpu, is_event, [&](std::size_t item, Fd fd) {
      probe_->give(slots_[item], cpu, fd.get());
      fds_.push_back(std::move(fd));
    });
  for (std::size_t item = 0; item < ways_.size(); ++item)
    if (ways_[item] == Way::kNone)
      events.refuse(item, "it is counted per thread only, and the threads are too many");
  probe_->arm(left_out);
}

template <typename Done>
void CpuCounters::add(EventSum& sum, std::size_t item, const Done& done) const {
  if (ways_[item] == Way::kEvent) {
    const event_reading& reading = done.events[slots_[item]];
    sum.add(reading.value, reading.enabled_ns + done.unseen_ns, reading.running_ns);
  } else {
    sum.add(ways_[item] == Way::kClock ? done.cpu_ns : done.switches, done.cpu_ns, done.cpu_ns);
  }
}

std::vector<EventCount> CpuCounters::read(const EventSet& events) {
  const std::vector<event_totals> cpus = probe_->cut();
  unsigned unread = 0;
  lost_stints_ = 0;
  for (const event_totals& cpu : cpus) {
    unread |= cpu.unread;
    lost_stints_ += cpu.lost_stints;
  }
  std::vector<EventCount> counts;
  for (std::size_t item = 0; item < ways_.size(); ++item) {
    EventSet::Item described = events.items()[item];
    if (described.reason.empty() && ways_[item] == Way::kEvent &&
        (unread >> slots_[item] & 1U) != 0)
      described.reason = "a CPU has come online in the window";
    EventSum sum;
    if (described.reason.empty())
      for (const event_totals& cpu : cpus) add(sum, item, cpu);
    counts.push_back(described.describe(sum));
  }
  return counts;
}

void CpuCounters::take_threads(const EventSet& events, ThreadTable& table) {
  probe_->take_threads([&](const thread_key& key, const thread_events& thread) {
    std::vector<EventCount> counts;
    for (std::size_t item = 0; item < ways_.size(); ++item) {
      EventSum sum;
      if (events.items()[item].reason.empty()) add(sum, item, thread);
      counts.push_back(events.items()[item].describe(sum));
    }
    table.add_events(key, thread.who, thread.cpu_ns, std::move(counts));
  });
}

void CpuCounters::close() {
  probe_->disarm();
  fds_.clear();
}

}  // namespace msgstat::tracer
