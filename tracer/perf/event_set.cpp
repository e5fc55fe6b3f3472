#include "tracer/perf/event_set.hpp"

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "tracer/perf/reading.hpp"
#include "tracer/privilege.hpp"

namespace msgstat::tracer {
namespace {

bool is_unsupported(int error) {
  return error == ENOENT || error == EOPNOTSUPP || error == ENODEV || error == ENOSYS;
}

bool is_refused(int error) { return error == EACCES || error == EPERM; }

std::string explain(const Event& event, int error) {
  if (is_unsupported(error) && !is_perf_filtered() && event.attr.type == PERF_TYPE_HARDWARE)
    return error == ENOSYS ? "this kernel has no perf events"
                           : "no hardware counter for it on this machine";
  if (is_refused(error) || is_perf_filtered())
    return "perf_event_open: " + std::generic_category().message(error) + "; " +
           how_to_count_events();
  if (error == EMFILE) return "out of file descriptors";
  return "perf_event_open: " + std::generic_category().message(error);
}

bool is_open_for(const EventSet::Item& item) { return item.reason.empty(); }

}  // namespace

void EventSum::add(std::uint64_t counted, std::uint64_t enabled, std::uint64_t running) {
  enabled_ns += static_cast<double>(enabled);
  running_ns += static_cast<double>(running);
  if (running == enabled)
    value += static_cast<double>(counted);
  else if (running > 0)
    value +=
        static_cast<double>(counted) * static_cast<double>(enabled) / static_cast<double>(running);
}

EventCount EventSet::Item::describe(const EventSum& sum) const {
  EventCount count{.name = event.name, .state = state, .unit = event.unit, .reason = reason};
  if (sum.running_ns > 0) {
    count.state = sum.running_ns < sum.enabled_ns ? CounterState::kScaled : CounterState::kCounted;
    count.value = sum.value;
    count.running = sum.running_ns / sum.enabled_ns;
  } else if (reason.empty()) {
    count.running = sum.enabled_ns > 0 ? 0 : 1;
    count.reason = sum.enabled_ns > 0 ? "the counter never got to run" : "no thread of it ran";
  }
  return count;
}

EventSet::EventSet(std::vector<Event> events, bool inherit) : inherit_(inherit) {
  for (Event& event : events) items_.push_back({.event = std::move(event)});
  // What this machine cannot count at all is found out once, on ourselves, and costs nothing after.
  for (Item& item : items_) {
    if (open_one(item, {.tid = 0, .cpu = -1}, -1).is_open()) continue;
    const int error = errno;
    item.is_of_no_thread = error == EINVAL;
    if (is_unsupported(error)) fail(item, error);
    if (!is_refused(error)) continue;
    if (const auto restricted = in_user_mode(item.event)) item.event = *restricted;
  }
  group_limit_ = find_group_limit();
}

// The kernel accepts groups that never run: on arm64 one of seven events that are not cycles, on
// amd64 one that wants the counter that the watchdog holds. So it is tried on ourselves.
std::size_t EventSet::find_group_limit() const {
  const auto counts_hardware = [](const Item& item) {
    return is_open_for(item) && !item.event.is_software();
  };
  auto size = static_cast<std::size_t>(std::ranges::count_if(items_, counts_hardware));
  while (size > 1 && !runs_as_group(size)) --size;
  return std::max<std::size_t>(size, 1);
}

bool EventSet::runs_as_group(std::size_t size) const {
  std::vector<Fd> group;
  for (const Item& item : items_) {
    if (group.size() == size) break;
    if (!is_open_for(item) || item.event.is_software()) continue;
    const int leader = group.empty() ? -1 : group.front().get();
    group.push_back(open_one(item, {.tid = 0, .cpu = -1}, leader));
    if (!group.back().is_open()) return false;
  }
  ::ioctl(group.front().get(), PERF_EVENT_IOC_ENABLE, 0);
  const auto reading = read_event(group.back());
  return reading && reading->running_ns > 0;
}

// On a CPU they count at once: what reads them takes differences.
Fd EventSet::open_one(const Item& item, Place place, int leader) const {
  perf_event_attr attr = item.event.attr;
  attr.size = sizeof attr;
  attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  attr.disabled = leader < 0 && place.cpu < 0;
  attr.inherit = inherit_ && place.cpu < 0;
  const long fd =
      ::syscall(SYS_perf_event_open, &attr, place.tid, place.cpu, leader, PERF_FLAG_FD_CLOEXEC);
  return Fd(static_cast<int>(fd));
}

void EventSet::fail(Item& item, int error) {
  item.state = is_unsupported(error) ? CounterState::kNotSupported
               : is_refused(error)   ? CounterState::kNotPermitted
                                     : CounterState::kNotCounted;
  item.reason = explain(item.event, error);
}

void EventSet::open_at(Place place, const std::function<bool(std::size_t item)>& wants,
                       const Take& take) {
  // One open group: its leader's descriptor (-1 as long as there is none) and its size.
  struct Group {
    int leader = -1;
    std::size_t size = 0;
  };
  // Groups cannot mix hardware and software leaders at will: apart from each other.
  Group groups[2];
  for (std::size_t i = 0; i < items_.size(); ++i) {
    Item& item = items_[i];
    if (!is_open_for(item) || !wants(i)) continue;
    if (item.is_of_no_thread) {
      fail(item, EINVAL);
      continue;
    }
    Group& group = groups[item.event.is_software() ? 1 : 0];
    if (!item.event.is_software() && group.size == group_limit_) group = {};
    Fd fd = open_one(item, place, group.leader);
    if (!fd.is_open() && errno == EINVAL && group.leader >= 0) {
      group = {};
      fd = open_one(item, place, -1);
    }
    if (fd.is_open()) {
      if (group.leader < 0) group.leader = fd.get();
      ++group.size;
      take(i, std::move(fd));
    } else if (errno != ESRCH) {
      fail(item, errno);
    }
  }
}

void EventSet::open_on_thread(pid_t tid, const Take& take) {
  open_at(
      {.tid = tid, .cpu = -1}, [](std::size_t) { return true; }, take);
}

void EventSet::open_on_cpu(int cpu, const std::function<bool(std::size_t item)>& wants,
                           const Take& take) {
  open_at({.tid = -1, .cpu = cpu}, wants, take);
}

void EventSet::refuse(std::size_t item, const std::string& reason) {
  if (is_open_for(items_[item])) items_[item].reason = reason;
}

void EventSet::refuse_all(const std::string& reason) {
  for (std::size_t i = 0; i < items_.size(); ++i) refuse(i, reason);
}

void EventSet::forget_reasons() {
  for (Item& item : items_) {
    if (item.state == CounterState::kNotSupported) continue;
    item.state = CounterState::kNotCounted;
    item.reason.clear();
  }
}

std::size_t EventSet::count_supported() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      items_, [](const Item& item) { return item.state != CounterState::kNotSupported; }));
}

}  // namespace msgstat::tracer
