#include "cli/stat.hpp"

#include <memory>

#include "cli/level.hpp"
#include "cli/stat/measure.hpp"
#include "cli/stat/options.hpp"

namespace msgstat::cli {
namespace {

using std::chrono::milliseconds;

void add_time(CLI::App& command, const char* name, const char* help,
              const std::function<void(milliseconds)>& set, int least) {
  command
      .add_option_function<std::int64_t>(
          name, [set](std::int64_t ms) { set(milliseconds(ms)); }, help)
      ->type_name("MS")
      ->check(CLI::Range(std::int64_t{least}, std::int64_t{1'000'000'000}));
}

}  // namespace

void add_stat(CLI::App& app, int& exit_status) {
  const auto options = std::make_shared<StatOptions>();
  CLI::App* const command =
      app.add_subcommand("stat", "measure a process or a command, per unit of its work");
  command->positionals_at_end();
  command->add_option("COMMAND", options->command,
                      "runs it and measures it from its first instruction, after --");
  command->add_option("-p,--pid", options->pids, "processes, with all their threads and children")
      ->type_name("PID,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("-t,--tid", options->tids, "these threads only")
      ->type_name("TID,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      ->add_option("--cgroup", options->cgroup,
                   "every process in this cgroup, a folder, or its path below the mount point")
      ->type_name("PATH");
  add_what_is_counted(*command, options->collector);
  command
      ->add_option_function<std::string>(
          "--level",
          [options](const std::string& level) { options->collector.level = parse_level(level); },
          "what is collected: counts, or latency: the time in each call [counts]")
      ->type_name("LEVEL");
  command->add_flag("--per-thread", options->collector.per_thread,
                    "the calls and events of each thread too, those that ended included");
  command->add_flag_callback(
      "--no-inherit", [options] { options->collector.inherit = false; },
      "leave out children, and events of threads that start later when they are few");
  add_time(
      *command, "-I,--interval", "print laps of so long, which add up to the total",
      [options](milliseconds ms) { options->timing.interval = ms; }, 1);
  add_time(
      *command, "-D,--delay", "open the window so long after the start",
      [options](milliseconds ms) { options->timing.delay = ms; }, 0);
  add_time(
      *command, "--timeout", "close the window after so long; a command is then ended",
      [options](milliseconds ms) { options->timing.timeout = ms; }, 1);
  command
      ->add_option("-r,--repeat", options->repeat,
                   "runs of the command: mean, deviation and interval")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000}))
      ->capture_default_str();
  command
      ->add_option("-x,--field-separator", options->separator,
                   "print lines as perf stat -x does, with SEP between the fields")
      ->type_name("SEP");
  command->add_flag("--perf-compat", options->perf_compat,
                    "with -x or -j: only what perf itself prints, for what reads its output");
  add_output_options(*command, options->output);
  command->footer(
      "The window closes when the target ends, at the timeout, or on SIGINT or SIGTERM; what was\n"
      "measured is then printed. A process that is attached to goes on undisturbed; a command "
      "gets\n"
      "the signal. The exit status is the command's own, 128+n when signal n ended it.");
  command->callback([options, &exit_status] { exit_status = stat(*options); });
}

}  // namespace msgstat::cli
