#include "cli/stat/measure.hpp"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "analysis/recording.hpp"
#include "cli/command_line.hpp"
#include "cli/host.hpp"
#include "cli/interrupt.hpp"
#include "cli/stat/launched.hpp"
#include "cli/stat/printer.hpp"
#include "cli/stat/session.hpp"
#include "cli/stat/target_end.hpp"
#include "tracer/error.hpp"
#include "tracer/target/process.hpp"

namespace msgstat::cli {
namespace {

// A command that was told to end gets so long for it inside the window.
constexpr std::chrono::milliseconds kGrace{2'000};
// The terminal sends Ctrl-C to the command as well: it needs no second one from us.
constexpr std::chrono::milliseconds kByItself{200};

analysis::Run describe(const TargetSpec& target) {
  analysis::Run run;
  if (target.cgroup) {
    run.label = target.cgroup->string();
    run.target.kind = "cgroup";
    return run;
  }
  const std::vector<pid_t>& ids = target.pids.empty() ? target.tids : target.pids;
  run.label =
      tracer::thread_name(tracer::process_of(ids.front()).value_or(ids.front()), ids.front());
  run.target = {.kind = target.pids.empty() ? "thread" : "pid", .pids = {ids.begin(), ids.end()}};
  return run;
}

TakeLap take_into(Printer& printer, const analysis::Run& start, const Timing& timing) {
  return [&printer, start, is_lap = timing.interval.has_value()](const Window& window,
                                                                 double start_s) {
    analysis::Run run = start;
    analysis::take_window(run, window);
    if (is_lap) run.window.start_s = start_s;
    printer.add(run);
  };
}

class Stat {
 public:
  explicit Stat(const StatOptions& options)
      : options_(options),
        printer_(options),
        description_({.host = describe_host(), .command = own_command_line()}) {}

  int attach() {
    const TargetSpec target = target_of(options_);
    Collector collector = Collector::attach(target, options_.collector);
    const analysis::Run start = describe(target);
    TargetEnd end =
        target.cgroup ? TargetEnd() : TargetEnd(target.pids.empty() ? target.tids : target.pids);
    Session session(collector, end, interrupt_);
    if (const auto ending = session.pass_delay(options_.timing)) return nothing_measured(*ending);
    const TakeLap take = take_into(printer_, start, options_.timing);
    session.open();
    session.run(options_.timing, take);
    session.close(take);
    printer_.finish(description_);
    return 0;
  }

  int launch() {
    int exit_status = 0;
    std::uint64_t done = 0;
    while (done < options_.repeat && interrupt_.signal() == 0) {
      const int status = launch_once(done);
      if (exit_status == 0) exit_status = status;
      ++done;
    }
    if (done < options_.repeat)
      description_.unfinished = fmt::format("ended by signal {} after {} of {} runs",
                                            interrupt_.signal(), done, options_.repeat);
    if (printer_.is_empty()) throw Error("the command ended before there was anything to measure");
    printer_.finish(description_);
    return exit_status;
  }

 private:
  int launch_once(std::uint64_t repeat) {
    Launched command(options_.command, interrupt_.mask_before());
    Collector collector = Collector::process(command.pid(), options_.collector);
    analysis::Run start;
    start.label = std::filesystem::path(options_.command.front()).filename();
    start.repeat = repeat;
    start.target = {.kind = "command", .pids = {command.pid()}, .command = options_.command};
    TargetEnd end({command.pid()});
    Session session(collector, end, interrupt_);
    const TakeLap take = take_into(printer_, start, options_.timing);
    command.hold();
    if (options_.timing.delay.count() > 0) {
      command.release();
      if (const auto ending = session.pass_delay(options_.timing)) {
        if (*ending != Ending::kTarget) command.end();
        return command.wait();
      }
      session.open();
    } else {
      session.open();
      command.release();
    }
    const Ending ending = session.run(options_.timing, take);
    if (ending == Ending::kSignal) {
      session.linger(kByItself);
      if (!command.has_ended()) command.send(interrupt_.signal());
      session.linger(kGrace);
    }
    session.close(take);
    printer_.end_run();
    command.end();
    return command.wait();
  }

  [[noreturn]] int nothing_measured(Ending ending) const {
    if (ending == Ending::kSignal) throw Interrupted(interrupt_.signal());
    throw Error("the target ended before the window opened");
  }

  const StatOptions& options_;
  Interrupt interrupt_;
  Printer printer_;
  analysis::Recording description_;
};

}  // namespace

int stat(const StatOptions& options) {
  check_options(options);
  check_output(options.output);
  Stat stat(options);
  return options.command.empty() ? stat.attach() : stat.launch();
}

}  // namespace msgstat::cli
