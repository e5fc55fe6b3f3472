#include "cli/trial/treatment.hpp"

#include <sys/resource.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>

#include <fmt/format.h>

#include "cli/trial/cpuset.hpp"
#include "tracer/error.hpp"
#include "tracer/target/cpu_list.hpp"
#include "tracer/target/process.hpp"

namespace msgstat::cli {
namespace {

pid_t tid_of(const Subject& subject) {
  pid_t tid = 0;
  std::from_chars(subject.id.data(), subject.id.data() + subject.id.size(), tid);
  return tid;
}

bool is_there(const Subject& subject) {
  const auto status = tracer::read_status(tid_of(subject));
  return status && status->start_ticks == subject.start_ticks && status->state != 'Z';
}

std::vector<Subject> threads(pid_t pid) {
  std::vector<Subject> subjects;
  for (const pid_t process : tracer::list_descendants(pid))
    for (const pid_t tid : tracer::list_threads(process))
      if (const auto status = tracer::read_status(tid))
        subjects.push_back({.id = std::to_string(tid), .start_ticks = status->start_ticks});
  return subjects;
}

// Does `action` to a thread, which may end meanwhile.
template <typename Action>
void to_thread(const Subject& subject, const Action& action) {
  if (!is_there(subject)) return;
  try {
    action(tid_of(subject));
  } catch (const Error&) {
    if (is_there(subject)) throw;
  }
}

std::string parse_cpus(std::string_view value) {
  return tracer::to_string(tracer::parse_cpu_list(value));
}

std::optional<std::string> read_affinity(const Subject& subject) {
  std::optional<std::string> state;
  to_thread(subject, [&state](pid_t tid) { state = tracer::to_string(tracer::allowed_cpus(tid)); });
  return state;
}

// Of a state that was read: not held against the CPUs that we may use ourselves.
tracer::CpuList to_cpus(const std::string& state) {
  tracer::CpuList cpus;
  const char* at = state.data();
  const char* const end = at + state.size();
  while (at < end) {
    unsigned first = 0;
    at = std::from_chars(at, end, first).ptr;
    unsigned last = first;
    if (at < end && *at == '-') at = std::from_chars(at + 1, end, last).ptr;
    for (unsigned cpu = first; cpu <= last; ++cpu) cpus.push_back(cpu);
    ++at;
  }
  return cpus;
}

void write_affinity(const Subject& subject, const std::string& state) {
  to_thread(subject, [&state](pid_t tid) { tracer::set_allowed_cpus(tid, to_cpus(state)); });
}

int to_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  constexpr int kLeast = -20;
  constexpr int kMost = 19;
  if (error != std::errc{} || end != text.data() + text.size() || number < kLeast || number > kMost)
    throw UsageError(
        fmt::format("--nice takes a number from {} to {}, not '{}'", kLeast, kMost, text));
  return number;
}

// CAP_SYS_NICE, capabilities(7): without it a nice value can be raised and not put back.
bool may_lower_nice() {
  constexpr unsigned kCapSysNice = 23;
  std::ifstream file("/proc/self/status");
  for (std::string field; file >> field;) {
    std::uint64_t effective = 0;
    if (field == "CapEff:" && file >> std::hex >> effective)
      return (effective >> kCapSysNice & 1U) != 0;
  }
  return false;
}

std::string parse_nice(std::string_view value) {
  const int nice = to_number(value);
  if (!may_lower_nice())
    throw UsageError("--nice needs CAP_SYS_NICE, for the nice value to be put back after");
  return std::to_string(nice);
}

// setpriority(2): on Linux the nice value is the thread's own.
std::optional<std::string> read_nice(const Subject& subject) {
  std::optional<std::string> state;
  to_thread(subject, [&state](pid_t tid) {
    errno = 0;
    const int nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(tid));
    if (errno != 0)
      throw Error(fmt::format("cannot read the nice value of thread {}", tid), {}, errno);
    state = std::to_string(nice);
  });
  return state;
}

void write_nice(const Subject& subject, const std::string& state) {
  to_thread(subject, [&state](pid_t tid) {
    check(::setpriority(PRIO_PROCESS, static_cast<id_t>(tid), to_number(state)),
          fmt::format("set the nice value of thread {} to {}", tid, state));
  });
}

constexpr std::array kTable = {
    Treatment{"pin", "CPUS", "bind every thread to these CPUs", parse_cpus, threads, read_affinity,
              write_affinity},
    Treatment{"nice", "N", "give every thread this nice value", parse_nice, threads, read_nice,
              write_nice},
    Treatment{"cgroup-cpus", "CPUS", "give the cgroup of the process, its alone, these CPUs",
              parse_cpus, cpuset_of, read_cpuset, write_cpuset},
};

}  // namespace

std::span<const Treatment> treatments() { return kTable; }

}  // namespace msgstat::cli
