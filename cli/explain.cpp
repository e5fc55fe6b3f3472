#include "cli/explain.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "analysis/findings/finding.hpp"
#include "analysis/recording.hpp"
#include "analysis/render/text_explain.hpp"
#include "cli/command_line.hpp"
#include "cli/host.hpp"
#include "cli/interrupt.hpp"
#include "cli/output.hpp"
#include "cli/stat/launched.hpp"
#include "cli/target_id.hpp"
#include "tracer/collector.hpp"
#include "tracer/error.hpp"
#include "tracer/target/process.hpp"

namespace msgstat::cli {
namespace {

struct ExplainOptions {
  std::optional<pid_t> pid;
  std::vector<std::string> words;  // the recording, or the command after --
  double seconds = 5;
  OutputOptions output;
};

// Until the time has passed, a signal has come or the process has ended.
void pass(std::chrono::duration<double> time, pid_t pid, Collector& collector,
          const Interrupt& interrupt) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + time;
  // A command that lives shorter than this takes what its addresses were with it.
  constexpr std::chrono::milliseconds kStep(5);
  while (Clock::now() < deadline && interrupt.signal() == 0) {
    const auto status = tracer::read_status(pid);
    if (!status || status->state == 'Z') return;
    collector.poll();
    pollfd signal{.fd = interrupt.fd(), .events = POLLIN, .revents = 0};
    ::poll(&signal, 1, static_cast<int>(kStep.count()));
  }
}

analysis::Recording measure(pid_t pid, Collector& collector, const ExplainOptions& options,
                            const Interrupt& interrupt, const std::function<void()>& begin) {
  analysis::Recording recording{.host = describe_host(), .command = own_command_line()};
  analysis::Run run;
  run.target = {.kind = "pid", .pids = {pid}};
  collector.open();
  begin();
  pass(std::chrono::duration<double>(options.seconds), pid, collector, interrupt);
  run.label = tracer::thread_name(pid, pid);
  analysis::take_window(run, collector.close());
  recording.runs.push_back(std::move(run));
  return recording;
}

void put_out_explanation(const analysis::Recording& recording, const OutputOptions& output) {
  if (!output.file.empty()) analysis::save_recording(recording, output.file);
  if (output.json)
    fmt::print("{}", analysis::to_json(recording));
  else
    fmt::print("{}", analysis::render_explanation(recording, {.color = use_color(output.color)}));
}

Collector attach(pid_t pid) {
  CollectorOptions options;
  options.level = Level::kExplain;
  Collector collector = Collector::process(pid, std::move(options));
  if (!collector.syscalls_obstacle().empty())
    throw Error("there is nothing to explain by: " + collector.syscalls_obstacle());
  return collector;
}

void explain_process(const ExplainOptions& options) {
  const Interrupt interrupt;
  Collector collector = attach(*options.pid);
  put_out_explanation(measure(*options.pid, collector, options, interrupt, [] {}), options.output);
}

bool has_unknown_words(const analysis::Run& run) {
  return run.futex &&
         std::any_of(run.futex->words.begin(), run.futex->words.end(),
                     [](const FutexWord& word) { return word.place.kind == "unknown"; });
}

// The window is the command's first seconds; then it goes on, and its exit status is ours.
int explain_command(const ExplainOptions& options) {
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  const Interrupt interrupt;
  Launched command(options.words, mask);
  command.hold();
  Collector collector = attach(command.pid());
  analysis::Recording recording =
      measure(command.pid(), collector, options, interrupt, [&command] { command.release(); });
  analysis::Run& run = recording.runs.front();
  run.target.kind = "command";
  run.target.command = options.words;
  run.label = std::filesystem::path(options.words.front()).filename();
  if (command.has_ended() && has_unknown_words(run))
    run.blind_spots.emplace_back(
        "the command ended before its window closed: what some of its addresses were is not known");
  if (interrupt.signal() != 0) command.end();
  const int status = command.wait();
  run.findings = analysis::find_findings(run);
  put_out_explanation(recording, options.output);
  return status;
}

int explain(const ExplainOptions& options, bool is_command) {
  if (options.words.empty() == !options.pid.has_value() ||
      (!is_command && options.words.size() > 1))
    throw UsageError("explain takes one recording, one process or one command",
                     "msgstat explain RECORDING, or -p PID, or -- COMMAND");
  check_output(options.output);
  if (is_command) return explain_command(options);
  if (options.pid)
    explain_process(options);
  else
    put_out_explanation(analysis::load_recording(options.words.front()), options.output);
  return 0;
}

// CLI11 gives what stands before and after "--" alike.
bool has_command(const std::vector<std::string>& words) {
  return std::find(words.begin(), words.end(), "--") != words.end();
}

}  // namespace

void add_explain(CLI::App& app, int& exit_status) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = app.add_subcommand(
      "explain", "why it costs what it costs: locks, time budget, and what to try");
  command
      ->add_option("RECORDING", options->words,
                   "a file that -o wrote, which needs no privileges; or after --, a command")
      ->type_name("FILE | -- COMMAND...");
  command->positionals_at_end();
  command
      ->add_option_function<std::string>(
          "-p,--pid", [options](const std::string& pid) { options->pid = parse_process_id(pid); },
          "a live process")
      ->type_name("PID");
  command
      ->add_option("--duration", options->seconds,
                   "length of the window on a live process or command")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.01, 86'400.0))
      ->capture_default_str();
  add_output_options(*command, options->output);
  command->callback([options, &exit_status] {
    exit_status = explain(*options, has_command(own_command_line()));
  });
}

}  // namespace msgstat::cli
