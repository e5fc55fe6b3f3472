#include "cli/trial.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include "cli/command_line.hpp"
#include "cli/host.hpp"
#include "cli/interrupt.hpp"
#include "cli/output.hpp"
#include "cli/target_id.hpp"
#include "cli/trial/experiment.hpp"
#include "tracer/error.hpp"
#include "tracer/perf/event.hpp"
#include "tracer/target/named_task.hpp"
#include "tracer/target/process.hpp"

namespace msgstat::cli {
namespace {

constexpr int kSignalBase = 128;

struct TrialOptions {
  pid_t pid = 0;
  std::vector<std::pair<const Treatment*, std::string>> treatments;
  std::uint64_t rounds = 10;
  double duration = 2;
  double settle = 0.5;
  std::optional<std::uint64_t> seed;
  bool yes = false;
  std::vector<std::string> events;
  std::string unit = "sock:recv";
  OutputOptions output;
};

tracer::NamedTask check_target(pid_t pid) {
  tracer::NamedTask target(pid, tracer::NamedTask::Kind::kProcess);
  const auto family = tracer::list_descendants(pid);
  if (std::find(family.begin(), family.end(), ::getpid()) != family.end())
    throw UsageError(fmt::format("msgstat itself is process {} or a child of it", pid));
  return target;
}

void confirm(pid_t pid, bool yes) {
  struct stat owner {};
  check(::stat(fmt::format("/proc/{}", pid).c_str(), &owner),
        fmt::format("look at process {}", pid));
  if (owner.st_uid == ::geteuid() || yes) return;
  const std::string whose =
      fmt::format("process {} belongs to user {}", pid, tracer::user_name(owner.st_uid));
  if (::isatty(STDIN_FILENO) != 1) throw UsageError(whose, "--yes tries it all the same");
  fmt::print(stderr, "msgstat: {}; change it for the time of the trial? [y/N] ", whose);
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != "y" && answer != "yes") throw Error("nothing was changed");
}

std::chrono::nanoseconds to_time(double seconds) {
  return std::chrono::nanoseconds(std::llround(seconds * 1e9));
}

int trial(const TrialOptions& options) {
  TrialSettings settings{.pid = options.pid,
                         .treatments = {},
                         .rounds = options.rounds,
                         .duration = to_time(options.duration),
                         .settle = to_time(options.settle),
                         .seed = options.seed.value_or(std::random_device()()),
                         .events = options.events,
                         .unit = options.unit};
  if (options.treatments.empty()) throw UsageError("there is nothing to try", "as in --pin 0");
  for (const auto& [treatment, value] : options.treatments)
    settings.treatments.push_back({.treatment = treatment, .state = treatment->parse(value)});
  for (const std::string& event : options.events) tracer::find_event(event);
  const tracer::NamedTask target = check_target(options.pid);
  const bool is_treated = Originals(options.pid, settings.treatments).is_treated();
  // One that has ended has no thread that is otherwise.
  target.require_alive();
  if (is_treated)
    throw UsageError(fmt::format("process {} has {} already: there is nothing to compare",
                                 options.pid, arm_name(settings.treatments)));
  confirm(options.pid, options.yes);
  check_output(options.output);

  analysis::Recording recording{.host = describe_host(), .command = own_command_line()};
  const Interrupt interrupt;
  for (const std::string& notice : run_trial(settings, interrupt, recording))
    fmt::print(stderr, "msgstat: {}\n", notice);
  put_out(recording, options.output);
  if (interrupt.signal() != 0) return kSignalBase + interrupt.signal();
  return recording.unfinished ? 1 : 0;
}

}  // namespace

void add_trial(CLI::App& app, int& exit_status) {
  auto options = std::make_shared<TrialOptions>();
  CLI::App* command = app.add_subcommand(
      "trial",
      "try a setting on a live process: windows with and without it in turn, compared, and "
      "everything put back");
  command
      ->add_option_function<std::string>(
          "-p,--pid", [options](const std::string& pid) { options->pid = parse_process_id(pid); },
          "the process, with its threads and children")
      ->type_name("PID")
      ->required();
  for (const Treatment& treatment : treatments())
    command
        ->add_option_function<std::string>(
            "--" + std::string(treatment.key),
            [options, &treatment](const std::string& value) {
              options->treatments.emplace_back(&treatment, value);
            },
            std::string(treatment.help))
        ->type_name(std::string(treatment.value))
        ->take_last();
  command->add_option("--rounds", options->rounds, "windows with it, and as many without")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000}))
      ->capture_default_str();
  command->add_option("--duration", options->duration, "length of a window")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.01, 86'400.0))
      ->capture_default_str();
  command->add_option("--settle", options->settle, "after each change, not measured")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 3'600.0))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "of the order; random if not given")->type_name("N");
  command->add_flag("--yes", options->yes, "do not ask before changing another user's process");
  command->add_option("-e,--event", options->events, "perf events to count (msgstat list events)")
      ->type_name("EVENT,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      ->add_option("--unit", options->unit,
                   "what to divide by (msgstat list units); where there is none, by seconds")
      ->type_name("UNIT")
      ->capture_default_str();
  add_output_options(*command, options->output);
  command->callback([options, &exit_status] { exit_status = trial(*options); });
}

}  // namespace msgstat::cli
