#include "tracer/target/cpu_list.hpp"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <set>

#include "tracer/error.hpp"

namespace msgstat::tracer {
namespace {

// CPU_ALLOC(3): a set of any size.
constexpr int kMostCpus = 8192;
using CpuSet = std::unique_ptr<cpu_set_t, decltype([](cpu_set_t* set) { CPU_FREE(set); })>;

std::optional<unsigned> parse_number(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number >= kMostCpus)
    return std::nullopt;
  return number;
}

[[noreturn]] void refuse(std::string_view text) {
  throw UsageError("'" + std::string(text) + "' is no list of CPUs", "write 0 or 0-3 or 0,2");
}

}  // namespace

CpuList parse_cpu_list(std::string_view text) {
  std::set<unsigned> cpus;
  for (std::string_view rest = text;;) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    const std::size_t dash = part.find('-');
    const auto first = parse_number(part.substr(0, dash));
    const auto last = dash == part.npos ? first : parse_number(part.substr(dash + 1));
    if (!first || !last || *first > *last) refuse(text);
    for (unsigned cpu = *first; cpu <= *last; ++cpu) cpus.insert(cpu);
    if (comma == rest.npos) break;
    rest.remove_prefix(comma + 1);
  }
  const CpuList allowed = allowed_cpus(0);
  for (const unsigned cpu : cpus)
    if (!std::binary_search(allowed.begin(), allowed.end(), cpu))
      throw UsageError("there is no CPU " + std::to_string(cpu) + " here",
                       "those that may be used are " + to_string(allowed));
  return {cpus.begin(), cpus.end()};
}

std::string to_string(const CpuList& cpus) {
  std::string out;
  for (std::size_t i = 0; i < cpus.size();) {
    std::size_t last = i;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    if (!out.empty()) out += ',';
    out += std::to_string(cpus[i]);
    if (last > i) out += '-' + std::to_string(cpus[last]);
    i = last + 1;
  }
  return out;
}

CpuList allowed_cpus(pid_t tid) {
  const CpuSet set(CPU_ALLOC(kMostCpus));
  const std::size_t bytes = CPU_ALLOC_SIZE(kMostCpus);
  CPU_ZERO_S(bytes, set.get());
  check(::sched_getaffinity(tid, bytes, set.get()),
        "read the affinity of thread " + std::to_string(tid));
  CpuList cpus;
  for (unsigned cpu = 0; cpu < kMostCpus; ++cpu)
    if (CPU_ISSET_S(cpu, bytes, set.get())) cpus.push_back(cpu);
  return cpus;
}

void set_allowed_cpus(pid_t tid, const CpuList& cpus) {
  const CpuSet set(CPU_ALLOC(kMostCpus));
  const std::size_t bytes = CPU_ALLOC_SIZE(kMostCpus);
  CPU_ZERO_S(bytes, set.get());
  for (const unsigned cpu : cpus) CPU_SET_S(cpu, bytes, set.get());
  check(::sched_setaffinity(tid, bytes, set.get()),
        "set the affinity of thread " + std::to_string(tid) + " to CPUs " + to_string(cpus));
}

}  // namespace msgstat::tracer
