// What a trial can do to a process, as one table: an option each. A treatment has subjects, each
// thread of the target or its cgroup, and each subject a state that can be read and written, as
// text. Not thread safe beyond what the kernel is.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace msgstat::cli {

struct Subject {
  std::string id;                 // of a thread its number, of a cgroup the path of its file
  std::uint64_t start_ticks = 0;  // of a thread: with the number it names one thread only
  bool operator<(const Subject& other) const {
    return std::tie(id, start_ticks) < std::tie(other.id, other.start_ticks);
  }
};

struct Treatment {
  std::string_view key;    // "pin": the option --pin
  std::string_view value;  // "CPUS"
  std::string_view help;
  // The state that is asked for, as read() would give it. Throws UsageError for a value that makes
  // no sense, and when the user may not undo it.
  std::string (*parse)(std::string_view value);
  // The process, its threads and descendants. Throws UsageError when it makes no sense there.
  std::vector<Subject> (*subjects)(pid_t pid);
  // Nothing when the subject is no more.
  std::optional<std::string> (*read)(const Subject& subject);
  // Throws Error; silent for a subject that is no more.
  void (*write)(const Subject& subject, const std::string& state);
};

std::span<const Treatment> treatments();

}  // namespace msgstat::cli
