#include "cli/stat/options.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/target_id.hpp"
#include "tracer/error.hpp"

namespace msgstat::cli {

void add_what_is_counted(CLI::App& command, CollectorOptions& collector) {
  command.add_option("-e,--event", collector.events, "perf events to count (msgstat list events)")
      ->type_name("EVENT,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  collector.units = {"sock:recv"};
  command
      .add_option("--unit", collector.units,
                  "units of work (msgstat list units); the first is what is divided by "
                  "[sock:recv]")
      ->type_name("UNIT")
      ->allow_extra_args(false);
}

TargetSpec target_of(const StatOptions& options) {
  TargetSpec target{.pids = parse_process_ids(options.pids),
                    .tids = parse_thread_ids(options.tids),
                    .cgroup = {}};
  if (options.cgroup) target.cgroup = *options.cgroup;
  return target;
}

void check_options(const StatOptions& options) {
  const bool launches = !options.command.empty();
  const int targets =
      !options.pids.empty() + !options.tids.empty() + options.cgroup.has_value() + launches;
  if (targets > 1)
    throw UsageError("there are two targets, of different kinds",
                     "name one of -p, -t, --cgroup, "
                     "-- COMMAND");
  if (targets == 0)
    throw UsageError("nothing to measure was named",
                     "-p PID, -t TID, --cgroup PATH, or -- COMMAND");
  if (options.repeat > 1 && !launches) throw UsageError("-r repeats a command, and there is none");
  if (options.repeat > 1 && options.collector.per_thread)
    throw UsageError("--per-thread is of one run, and -r of several");
  if (options.separator && options.output.json)
    throw UsageError("-x and -j are two forms of one output");
  if (options.separator && options.separator->empty())
    throw UsageError("-x takes what is to stand between the fields");
  if (options.perf_compat && !options.separator && !options.output.json)
    throw UsageError("--perf-compat is of -x and -j", "add one of them");
  static_cast<void>(target_of(options));
}

}  // namespace msgstat::cli
