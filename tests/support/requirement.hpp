// What a test needs of the machine. A test whose requirement is not met skips and
// says which feature is missing and with which errno, in one line that ./dev test
// collects; when MSGSTAT_REQUIRE names the feature (a list with commas, or "all")
// it fails instead, so that a machine known to have it cannot lose it in silence.
//
//   TEST(Counts, ...) { SKIP_UNLESS(support::bpf()); ... }
//   SKIP_UNLESS((support::Requirement{"io_uring", fd >= 0, errno, "io_uring_setup"}));
#pragma once

#include <gtest/gtest.h>

#include <string>

namespace support {

struct Requirement {
  std::string feature;  // one word
  bool met = false;
  int error = 0;     // the errno that says it is missing, 0 for none
  std::string text;  // what was tried
};

Requirement root();
// May load tracing programs: CAP_BPF and CAP_PERFMON, and the kernel's BTF is there.
Requirement bpf();
// perf_event_open of a software event, and of hardware cycles, on this process.
Requirement perf_events();
Requirement pmu();
// Found in PATH; the feature's name is the command's.
Requirement command(const std::string& name);
// At least this many CPUs may be used by this process.
Requirement cpus(int count);

// A server measured by the agent allocates with glibc's malloc. A sanitizer, which the agent brings
// along, has an allocator of its own.
Requirement glibc_malloc();

// "missing: FEATURE: TEXT: ERRNO"
std::string missing_line(const Requirement& requirement);
// Does MSGSTAT_REQUIRE ask for it?
bool is_demanded(const Requirement& requirement);

}  // namespace support

#define SKIP_UNLESS(requirement)                                                                   \
  do {                                                                                             \
    const ::support::Requirement checked_requirement = (requirement);                              \
    if (!checked_requirement.met) {                                                                \
      if (::support::is_demanded(checked_requirement)) {                                           \
        FAIL() << "demanded by MSGSTAT_REQUIRE, " << ::support::missing_line(checked_requirement); \
      }                                                                                            \
      GTEST_SKIP() << ::support::missing_line(checked_requirement);                                \
    }                                                                                              \
  } while (false)
