// What `msgstat stat` was asked for, checked.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "cli/output.hpp"
#include "cli/stat/session.hpp"
#include "tracer/collector.hpp"

namespace msgstat::cli {

struct StatOptions {
  std::vector<std::string> pids;  // as given
  std::vector<std::string> tids;
  std::optional<std::string> cgroup;
  std::vector<std::string> command;
  CollectorOptions collector;
  Timing timing;
  std::uint64_t repeat = 1;
  std::optional<std::string> separator;  // -x
  bool perf_compat = false;
  OutputOptions output;
};

// -e and --unit, of which the default is set.
void add_what_is_counted(CLI::App& command, CollectorOptions& collector);
// Throws UsageError for options that contradict each other, and for a target that cannot be one.
void check_options(const StatOptions& options);
// What to attach to. Throws UsageError for what is no id, and for our own.
TargetSpec target_of(const StatOptions& options);

}  // namespace msgstat::cli
