#include "cli/bench.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "analysis/recording.hpp"
#include "cli/bench/case.hpp"
#include "cli/bench/plan.hpp"
#include "cli/bench/progress.hpp"
#include "cli/bench/settings.hpp"
#include "cli/bench/suite.hpp"
#include "cli/command_line.hpp"
#include "cli/host.hpp"
#include "cli/interrupt.hpp"
#include "cli/output.hpp"
#include "servers/catalog.hpp"
#include "tracer/error.hpp"
#include "tracer/perf/event.hpp"

namespace msgstat::cli {
namespace {

constexpr int kSignalBase = 128;

struct BenchOptions {
  std::vector<std::string> models;
  std::vector<std::pair<std::string, std::string>> settings;  // key and value, as given
  std::vector<std::string> arms;
  std::vector<std::string> events;
  std::string suite;   // empty: none
  bool quick = false;  // of the suite
  std::optional<std::uint64_t> repeat;
  std::optional<std::uint64_t> seed;
  OutputOptions output;
};

std::vector<const servers::Model*> choose_models(const std::vector<std::string>& names) {
  std::vector<const servers::Model*> models;
  if (names.empty())
    for (const servers::Model& model : servers::catalog()) models.push_back(&model);
  for (const std::string& name : names) {
    Settings chosen;
    apply(chosen, "model", name);
    models.push_back(chosen.model);
  }
  return models;
}

// Why the case cannot run here; absent when it can.
std::optional<std::string> obstacle(const Settings& settings) {
  const servers::Model& model = *settings.model;
  if (const auto missing = servers::missing(model, servers::models_directory()))
    return missing->package.empty()
               ? missing->what + " is missing"
               : fmt::format("{} is missing; apt-get install {}", missing->what, missing->package);
  return std::nullopt;
}

std::chrono::nanoseconds planned_time(const PlannedCase& planned) {
  constexpr auto kStart = std::chrono::milliseconds(500);
  return kStart + planned.settings.warmup + 2 * planned.settings.duration;
}

class Bench {
 public:
  Bench(std::vector<PlannedCase> plan, const BenchOptions& options)
      : plan_(std::move(plan)), options_(options), progress_(plan_.size()) {}

  // Runs the plan into `recording`. Returns the exit status.
  int run(analysis::Recording& recording) {
    for (std::size_t i = 0; i < plan_.size(); ++i) {
      std::chrono::nanoseconds remaining{};
      for (std::size_t j = i; j < plan_.size(); ++j) remaining += planned_time(plan_[j]);
      progress_.begin(i, name_of(plan_[i]), remaining);
      if (!run_case_into(plan_[i], recording)) {
        recording.unfinished =
            fmt::format("ended by signal {} in case {} of {}: what follows is what was measured",
                        interrupt_.signal(), i + 1, plan_.size());
        return kSignalBase + interrupt_.signal();
      }
    }
    return failed_ || recording.runs.empty() ? 1 : 0;
  }

 private:
  static std::string name_of(const PlannedCase& planned) {
    std::string name(planned.settings.model->name);
    if (!planned.arm.empty()) name += " " + planned.arm;
    return name;
  }

  // False when a signal came.
  bool run_case_into(const PlannedCase& planned, analysis::Recording& recording) {
    const auto skip = [&](const std::string& reason) {
      recording.skipped.push_back({.label = std::string(planned.settings.model->name),
                                   .arm = planned.arm,
                                   .reason = reason});
    };
    if (const auto reason = obstacle(planned.settings)) {
      if (planned.repeat == 0) skip(*reason);
      // Asked for by its name, it is missed.
      failed_ |= !options_.models.empty();
      return true;
    }
    try {
      CaseRuns done = run_case(planned.settings, options_.events, interrupt_);
      for (analysis::Run& run : done.runs) {
        run.arm = planned.arm;
        run.repeat = planned.repeat;
        recording.runs.push_back(std::move(run));
      }
      return !done.interrupted;
    } catch (const Interrupted&) {
      return false;
    } catch (const UsageError&) {
      throw;
    } catch (const Error& error) {
      progress_.notice(fmt::format("msgstat: {}: {}", name_of(planned), error.what()));
      skip(error.what());
      failed_ = true;
      return true;
    }
  }

  std::vector<PlannedCase> plan_;
  const BenchOptions& options_;
  Interrupt interrupt_;
  Progress progress_;
  bool failed_ = false;
};

void apply_all(Settings& settings, const analysis::suite::Changes& changes) {
  for (const auto& [key, value] : changes) apply(settings, key, value);
}

std::vector<Arm> parse_arms(const std::vector<std::string>& texts) {
  std::vector<Arm> arms;
  for (const std::string& text : texts) {
    arms.push_back(parse_arm(text));
    for (std::size_t i = 0; i + 1 < arms.size(); ++i)
      if (arms[i].name == arms.back().name)
        throw UsageError(fmt::format("there are two arms '{}'", arms[i].name));
  }
  return arms;
}

std::vector<PlannedCase> plan_models(const BenchOptions& options, std::uint64_t seed,
                                     analysis::Recording& recording) {
  Settings base;
  apply_all(base, options.settings);
  const std::vector<Arm> arms = parse_arms(options.arms);
  if (const auto equal = find_equal_arms(base, arms))
    fmt::print(stderr,
               "msgstat: nothing is different in arms '{}' and '{}': the machine is compared with "
               "itself\n",
               equal->first, equal->second);
  if (!arms.empty()) recording.seed = seed;
  for (const Arm& arm : arms) recording.arms.push_back({.name = arm.name, .settings = arm.changes});
  return make_plan(base, choose_models(options.models), arms, options.repeat.value_or(1), seed);
}

std::vector<PlannedCase> plan_suite(const BenchOptions& options, std::uint64_t seed,
                                    analysis::Recording& recording) {
  const analysis::suite::Suite& suite = choose_suite(options.suite);
  if (!options.arms.empty()) throw UsageError("a suite has its own arms: --suite without --arm");
  Settings base;
  apply_all(base, suite.settings);
  if (options.quick) apply_all(base, suite.quick);
  apply_all(base, options.settings);
  recording.suite = suite.name;
  recording.seed = seed;
  return make_suite_plan(suite, base, options.models, options.repeat.value_or(suite.repeats), seed);
}

int bench(const BenchOptions& options) {
  if (options.quick && options.suite.empty())
    throw UsageError("--quick is for a suite", "--duration sets the length of a bench");
  for (const std::string& event : options.events) tracer::find_event(event);
  const std::uint64_t seed = options.seed.value_or(std::random_device()());
  analysis::Recording recording{.host = describe_host(), .command = own_command_line()};
  auto plan = options.suite.empty() ? plan_models(options, seed, recording)
                                    : plan_suite(options, seed, recording);
  for (PlannedCase& planned : plan) limit_connections(planned.settings);
  check_output(options.output);

  const int exit_status = Bench(std::move(plan), options).run(recording);
  put_out(recording, options.output);
  return exit_status;
}

}  // namespace

void add_bench(CLI::App& app, int& exit_status) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* command = app.add_subcommand("bench", "run echo servers under load and measure each");
  command->add_option("MODEL", options->models, "models to run (msgstat list models); all if none");
  for (const Setting& setting : settings_table()) {
    const std::string key(setting.key);
    command
        ->add_option_function<std::string>(
            "--" + key,
            [options, key](const std::string& value) {
              options->settings.emplace_back(key, value);
            },
            std::string(setting.help))
        ->type_name(std::string(setting.value))
        ->default_str(std::string(setting.standard))
        ->take_last();
  }
  command
      ->add_option_function<std::vector<std::string>>(
          "--env",
          [options](const std::vector<std::string>& variables) {
            for (const std::string& variable : variables) {
              const std::size_t equals = variable.find('=');
              if (equals == 0 || equals == std::string::npos)
                throw UsageError(fmt::format("--env takes NAME=VALUE, not '{}'", variable));
              options->settings.emplace_back("env." + variable.substr(0, equals),
                                             variable.substr(equals + 1));
            }
          },
          "environment of the servers")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option("--arm", options->arms,
                   "an arm of a comparison: its name and what is different in it, as in "
                   "pinned:server-cpus=0; repeat for each")
      ->type_name("NAME[:KEY=VALUE]...")
      ->allow_extra_args(false);
  command->add_option("--repeat", options->repeat, "runs of each model in each arm")
      ->type_name("N")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000}))
      ->default_str("1");
  command
      ->add_option("--suite", options->suite,
                   "cases that belong together, beside what somebody else measured of them: slides")
      ->type_name("NAME");
  command->add_flag("--quick", options->quick, "a suite with short windows");
  command->add_option("--seed", options->seed, "of the order of the arms; random if not given")
      ->type_name("N");
  command->add_option("-e,--event", options->events, "perf events to count (msgstat list events)")
      ->type_name("EVENT,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  add_output_options(*command, options->output);
  command->callback([options, &exit_status] { exit_status = bench(*options); });
}

}  // namespace msgstat::cli
