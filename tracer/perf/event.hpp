// Names of perf events, through libpfm4. Pure but for the library's one-time set-up; any thread.
#pragma once

#include <linux/perf_event.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace msgstat::tracer {

struct Event {
  std::string name;        // as asked for
  perf_event_attr attr{};  // type, config and exclude bits only
  std::string unit;        // "ns" for the clocks, else empty

  [[nodiscard]] bool is_software() const { return attr.type == PERF_TYPE_SOFTWARE; }
};

// cycles instructions branches branch-misses task-clock context-switches cpu-migrations page-faults
std::span<const std::string_view> default_event_names();

// Accepts what libpfm4's perf_event encoding accepts ("cycles", "context-switches:u",
// "arm_n1::INST_RETIRED") and perf's own spellings. Throws UsageError for a name it does not know.
Event find_event(std::string_view name);

// The event in user mode only, which a user without privileges may have where the other is refused
// (kernel.perf_event_paranoid 2): named as perf names it, "page-faults:u". A clock is of all time
// in either mode and keeps its name. Absent for one that only the kernel's own code raises, as a
// context switch: it would read as 0.
std::optional<Event> in_user_mode(const Event& event);

struct EventDescription {
  std::string name;
  std::string source;       // libpfm4's PMU name: "perf", "arm_n1"
  std::string description;  // one line
};

// Every event of the generic table and of the PMUs that libpfm4 detects on this machine.
std::vector<EventDescription> list_events();

}  // namespace msgstat::tracer
