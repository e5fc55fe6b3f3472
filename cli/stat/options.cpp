#include "cli/stat/options.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "analysis/printable.hpp"
#include "tracer/error.hpp"

namespace msgstat::cli {
namespace {

pid_t parse_id(const std::string& text, const char* what) {
  pid_t pid = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, pid);
  const std::string shown = analysis::printable(text);
  if (text == "self" || (error == std::errc() && stop == end && pid == ::getpid()))
    throw UsageError(fmt::format("'{}' is msgstat itself, which does nothing but measure", shown),
                     "a program measures itself through the library: msgstat.hpp, msgstat.h, "
                     "import msgstat");
  if (error != std::errc() || stop != end || pid <= 0)
    throw UsageError(fmt::format("'{}' is no {} id", shown, what));
  return pid;
}

std::vector<pid_t> parse_ids(const std::vector<std::string>& texts, const char* what) {
  std::vector<pid_t> ids;
  for (const std::string& text : texts)
    if (const pid_t id = parse_id(text, what); std::find(ids.begin(), ids.end(), id) == ids.end())
      ids.push_back(id);
  return ids;
}

}  // namespace

TargetSpec target_of(const StatOptions& options) {
  TargetSpec target{.pids = parse_ids(options.pids, "process"),
                    .tids = parse_ids(options.tids, "thread"),
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
