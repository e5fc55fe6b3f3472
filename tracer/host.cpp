#include "tracer/host.hpp"

#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "tracer/error.hpp"
#include "tracer/fd.hpp"
#include "tracer/perf/event.hpp"

namespace msgstat::tracer {
namespace {

// "cpu" on amd64, "armv8_pmuv3_0" and the like on arm64: those that list a cpu-cycles event.
std::optional<std::string> find_pmu() {
  perf_event_attr attr = find_event("cycles").attr;
  attr.size = sizeof attr;
  attr.disabled = 1;
  attr.exclude_kernel = 1;
  const Fd cycles(
      static_cast<int>(::syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC)));
  if (!cycles.is_open()) return std::nullopt;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator("/sys/bus/event_source/devices", error)) {
    const auto events = entry.path() / "events";
    if (std::filesystem::exists(events / "cpu-cycles", error) ||
        std::filesystem::exists(events / "cpu_cycles", error))
      return entry.path().filename().string();
  }
  return "unknown";
}

std::optional<std::string> find_hypervisor() {
#if defined(__x86_64__)
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  constexpr unsigned kHypervisorBit = 1U << 31U;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & kHypervisorBit) == 0)
    return std::nullopt;
  __cpuid(0x40000000, eax, ebx, ecx, edx);
  std::array<char, 13> name{};
  std::memcpy(name.data(), &ebx, 4);
  std::memcpy(name.data() + 4, &ecx, 4);
  std::memcpy(name.data() + 8, &edx, 4);
  return name[0] == '\0' ? "unknown" : name.data();
#else
  std::ifstream file("/sys/hypervisor/type");
  std::string type;
  if (std::getline(file, type)) return type;
  std::ifstream vendor("/sys/class/dmi/id/sys_vendor");
  if (std::getline(vendor, type) && type == "QEMU") return type;
  return std::nullopt;
#endif
}

}  // namespace

HostDescription describe_host() {
  utsname name{};
  check(::uname(&name), "read uname");
  return {.kernel = name.release,
          .arch = name.machine,
          .cpus = static_cast<unsigned>(::sysconf(_SC_NPROCESSORS_ONLN)),
          .pmu = find_pmu(),
          .virtualized = find_hypervisor()};
}

}  // namespace msgstat::tracer
