// perf stat -e 'syscalls:sys_enter_*' on processes: another's counts of their system calls. It
// counts from its construction until counts(). For one test, in one thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/support/descriptor.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"

namespace support {

class PerfStat {
 public:
  explicit PerfStat(const std::vector<pid_t>& pids);

  // Ends it. Calls by the name of the call, those that were made.
  std::map<std::string, std::uint64_t> counts();

 private:
  [[nodiscard]] Descriptor make_fifo(const std::string& name) const;
  void order(const std::string& text) const;

  TemporaryDirectory directory_;
  std::string output_ = directory_ / "output";
  Descriptor control_;
  Descriptor answer_;
  Child child_;
};

// perf is here and may count tracepoints of system calls.
Requirement perf_tracepoints();

// "1,2,3", as -p takes them.
std::string joined(const std::vector<pid_t>& pids);

}  // namespace support
