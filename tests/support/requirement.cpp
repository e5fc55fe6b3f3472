#include "tests/support/requirement.hpp"

#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "tests/support/descriptor.hpp"

namespace support {
namespace {

Requirement perf_event(const std::string& feature, std::uint32_t type, std::uint64_t config,
                       const std::string& text) {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = type;
  attr.config = config;
  const Descriptor fd(static_cast<int>(::syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0)));
  return {feature, fd.is_open(), fd.is_open() ? 0 : errno, text};
}

// r0 = 0; exit
int load_empty_raw_tracepoint() {
  bpf_insn program[2]{};
  program[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  program[1].code = BPF_JMP | BPF_EXIT;
  bpf_attr attr{};
  attr.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT;
  attr.insns = reinterpret_cast<std::uintptr_t>(program);
  attr.insn_cnt = 2;
  attr.license = reinterpret_cast<std::uintptr_t>("GPL");
  return static_cast<int>(::syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof attr));
}

}  // namespace

Requirement root() {
  const bool is_root = ::geteuid() == 0;
  return {"root", is_root, is_root ? 0 : EPERM, "effective user id 0"};
}

Requirement bpf() {
  if (::access("/sys/kernel/btf/vmlinux", R_OK) != 0) {
    return {"bpf", false, errno, "/sys/kernel/btf/vmlinux"};
  }
  const Descriptor program(load_empty_raw_tracepoint());
  return {"bpf", program.is_open(), program.is_open() ? 0 : errno, "load a raw_tp program"};
}

Requirement perf_events() {
  return perf_event("perf_events", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK,
                    "perf_event_open task-clock");
}

Requirement pmu() {
  return perf_event("pmu", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, "perf_event_open cycles");
}

Requirement command(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream directories(path != nullptr ? path : "");
  for (std::string directory; std::getline(directories, directory, ':');) {
    if (::access((std::filesystem::path(directory) / name).c_str(), X_OK) == 0) {
      return {name, true, 0, "in PATH"};
    }
  }
  return {name, false, ENOENT, name + " in PATH"};
}

Requirement cpus(int count) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  return {"cpus", CPU_COUNT(&allowed) >= count, 0,
          std::to_string(count) + " CPUs, may use " + std::to_string(CPU_COUNT(&allowed))};
}

Requirement glibc_malloc() {
#ifdef __SANITIZE_ADDRESS__
  return {"glibc_malloc", false, 0, "the address sanitizer's allocator is in the server"};
#else
  return {"glibc_malloc", true, 0, "no other allocator is preloaded"};
#endif
}

std::string missing_line(const Requirement& requirement) {
  std::string line = "missing: " + requirement.feature + ": " + requirement.text;
  if (requirement.error != 0) line += std::string(": ") + ::strerrorname_np(requirement.error);
  return line;
}

bool is_demanded(const Requirement& requirement) {
  const char* list = std::getenv("MSGSTAT_REQUIRE");
  std::istringstream features(list != nullptr ? list : "");
  for (std::string feature; std::getline(features, feature, ',');) {
    if (feature == "all" || feature == requirement.feature) return true;
  }
  return false;
}

}  // namespace support
