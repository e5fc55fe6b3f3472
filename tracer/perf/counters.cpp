#include "tracer/perf/counters.hpp"

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <system_error>

namespace msgstat::tracer {
namespace {

// perf_event_open(2), read_format TOTAL_TIME_ENABLED | TOTAL_TIME_RUNNING.
struct Reading {
  std::uint64_t value;
  std::uint64_t enabled_ns;
  std::uint64_t running_ns;
};

std::optional<Reading> read_whole(int fd) {
  Reading reading{};
  ssize_t got = 0;
  do {
    got = ::read(fd, &reading, sizeof reading);
  } while (got < 0 && errno == EINTR);
  return got == sizeof reading ? std::optional(reading) : std::nullopt;
}

bool is_unsupported(int error) {
  return error == ENOENT || error == EOPNOTSUPP || error == ENODEV || error == ENOSYS;
}

std::string explain(const Event& event, int error) {
  if (is_unsupported(error) && event.attr.type == PERF_TYPE_HARDWARE)
    return error == ENOSYS ? "this kernel has no perf events"
                           : "no hardware counter for it on this machine";
  if (error == EACCES || error == EPERM)
    return "perf_event_open: " + std::generic_category().message(error) +
           "; needs CAP_PERFMON or a lower kernel.perf_event_paranoid";
  if (error == EMFILE) return "out of file descriptors";
  return "perf_event_open: " + std::generic_category().message(error);
}

}  // namespace

PerfCounters::PerfCounters(std::vector<Event> events, bool inherit) : inherit_(inherit) {
  for (Event& event : events) slots_.push_back({.event = std::move(event)});
  // What this machine cannot count at all is found out once, on ourselves, and costs nothing after.
  for (Slot& slot : slots_) {
    if (!open_event(slot, 0, -1).is_open() && is_unsupported(errno)) fail(slot, errno);
  }
  group_limit_ = find_group_limit();
}

// The kernel accepts groups that never run: on arm64 one of seven events that are not cycles, on
// amd64 one that wants the counter that the watchdog holds. So it is tried on ourselves.
std::size_t PerfCounters::find_group_limit() const {
  const auto counts_hardware = [](const Slot& slot) {
    return slot.reason.empty() && !slot.event.is_software();
  };
  auto size = static_cast<std::size_t>(std::ranges::count_if(slots_, counts_hardware));
  while (size > 1 && !runs_as_group(size)) --size;
  return std::max<std::size_t>(size, 1);
}

bool PerfCounters::runs_as_group(std::size_t size) const {
  std::vector<Fd> group;
  for (const Slot& slot : slots_) {
    if (group.size() == size) break;
    if (!slot.reason.empty() || slot.event.is_software()) continue;
    group.push_back(open_event(slot, 0, group.empty() ? -1 : group.front().get()));
    if (!group.back().is_open()) return false;
  }
  ::ioctl(group.front().get(), PERF_EVENT_IOC_ENABLE, 0);
  Reading reading{};
  return ::read(group.back().get(), &reading, sizeof reading) == sizeof reading &&
         reading.running_ns > 0;
}

Fd PerfCounters::open_event(const Slot& slot, pid_t tid, int leader) const {
  perf_event_attr attr = slot.event.attr;
  attr.size = sizeof attr;
  attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  attr.disabled = leader < 0;
  attr.inherit = inherit_;
  const long fd = ::syscall(SYS_perf_event_open, &attr, tid, -1, leader, PERF_FLAG_FD_CLOEXEC);
  return Fd(static_cast<int>(fd));
}

void PerfCounters::fail(Slot& slot, int error) const {
  slot.state = is_unsupported(error)                 ? CounterState::kNotSupported
               : (error == EACCES || error == EPERM) ? CounterState::kNotPermitted
                                                     : CounterState::kNotCounted;
  slot.reason = explain(slot.event, error);
  slot.fds.clear();
}

void PerfCounters::open(std::span<const pid_t> tids) {
  close();
  for (const pid_t tid : tids) open_thread(tid);
}

void PerfCounters::open_thread(pid_t tid) {
  // Groups cannot mix hardware and software leaders at will: apart from each other.
  Group groups[2];
  for (Slot& slot : slots_) {
    if (!slot.reason.empty()) continue;
    Group& group = groups[slot.event.is_software() ? 1 : 0];
    if (!slot.event.is_software() && group.size == group_limit_) group = {};
    Fd fd = open_event(slot, tid, group.leader);
    if (!fd.is_open() && errno == EINVAL && group.leader >= 0) {
      group = {};
      fd = open_event(slot, tid, -1);
    }
    if (fd.is_open()) {
      if (group.leader < 0) group.leader = fd.get();
      ++group.size;
      slot.fds.push_back(std::move(fd));
    } else if (errno != ESRCH) {
      fail(slot, errno);
    }
  }
}

void PerfCounters::start() {
  // Group members stand enabled and count as their leader does; the call is harmless for them.
  for (const Slot& slot : slots_)
    for (const Fd& fd : slot.fds) ::ioctl(fd.get(), PERF_EVENT_IOC_ENABLE, 0);
}

void PerfCounters::stop() {
  for (const Slot& slot : slots_)
    for (const Fd& fd : slot.fds) ::ioctl(fd.get(), PERF_EVENT_IOC_DISABLE, 0);
}

std::vector<EventCount> PerfCounters::read() const {
  std::vector<EventCount> counts;
  for (const Slot& slot : slots_) {
    EventCount count{.name = slot.event.name, .state = slot.state, .unit = slot.event.unit};
    count.reason = slot.reason;
    double value = 0;
    double enabled_ns = 0;
    double running_ns = 0;
    bool is_read = true;
    for (const Fd& fd : slot.fds) {
      const std::optional<Reading> got = read_whole(fd.get());
      if (!got) {
        is_read = false;
        break;
      }
      const Reading& reading = *got;
      enabled_ns += static_cast<double>(reading.enabled_ns);
      running_ns += static_cast<double>(reading.running_ns);
      if (reading.running_ns == reading.enabled_ns)
        value += static_cast<double>(reading.value);
      else if (reading.running_ns > 0)
        value += static_cast<double>(reading.value) * static_cast<double>(reading.enabled_ns) /
                 static_cast<double>(reading.running_ns);
    }
    if (!is_read) {  // a sum that lacks a part is none
      count.state = CounterState::kNotCounted;
      count.reason = "its counter cannot be read";
    } else if (running_ns > 0) {
      count.state = running_ns < enabled_ns ? CounterState::kScaled : CounterState::kCounted;
      count.value = value;
      count.running = running_ns / enabled_ns;
    } else if (count.reason.empty()) {
      count.reason = enabled_ns > 0 ? "the counter never got to run" : "no thread of it ran";
    }
    counts.push_back(std::move(count));
  }
  return counts;
}

void PerfCounters::close() {
  for (Slot& slot : slots_) {
    slot.fds.clear();
    if (slot.state == CounterState::kNotSupported) continue;
    slot.state = CounterState::kNotCounted;
    slot.reason.clear();
  }
}

void PerfCounters::give_up(const std::string& reason) {
  close();
  for (Slot& slot : slots_)
    if (slot.reason.empty()) slot.reason = reason;
}

std::size_t PerfCounters::descriptors_per_thread() const {
  std::size_t count = 0;
  for (const Slot& slot : slots_) count += slot.state != CounterState::kNotSupported;
  return count;
}

}  // namespace msgstat::tracer
