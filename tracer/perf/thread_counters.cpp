#include "tracer/perf/thread_counters.hpp"

#include <linux/perf_event.h>
#include <sys/ioctl.h>

#include <utility>

#include "tracer/perf/reading.hpp"

namespace msgstat::tracer {

void ThreadCounters::open(EventSet& events, std::span<const pid_t> tids) {
  fds_.clear();
  fds_.resize(events.items().size());
  for (const pid_t tid : tids)
    events.open_on_thread(tid,
                          [this](std::size_t item, Fd fd) { fds_[item].push_back(std::move(fd)); });
}

void ThreadCounters::start() {
  // Group members stand enabled and count as their leader does; the call is harmless for them.
  for (const auto& fds : fds_)
    for (const Fd& fd : fds) ::ioctl(fd.get(), PERF_EVENT_IOC_ENABLE, 0);
}

std::vector<EventCount> ThreadCounters::read(const EventSet& events) const {
  std::vector<EventCount> counts;
  for (std::size_t item = 0; item < events.items().size(); ++item) {
    EventSet::Item described = events.items()[item];
    EventSum sum;
    // A sum that lacks a part is none.
    if (item < fds_.size() && described.reason.empty())
      for (const Fd& fd : fds_[item]) {
        if (const auto reading = read_event(fd))
          sum.add(reading->value, reading->enabled_ns, reading->running_ns);
        else
          described.reason = "its counter cannot be read";
      }
    counts.push_back(described.describe(described.reason.empty() ? sum : EventSum{}));
  }
  return counts;
}

}  // namespace msgstat::tracer
