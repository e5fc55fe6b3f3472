#include "cli/top.hpp"

#include <cstdio>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "analysis/recording.hpp"
#include "analysis/render/text_target.hpp"
#include "cli/interrupt.hpp"
#include "cli/stat/options.hpp"
#include "cli/stat/session.hpp"
#include "cli/stat/target_end.hpp"
#include "cli/top/screen.hpp"
#include "tracer/error.hpp"
#include "tracer/target/process.hpp"

namespace msgstat::cli {
namespace {

constexpr std::chrono::milliseconds kRefresh{1'000};

void top(const StatOptions& options) {
  const TargetSpec target = target_of(options);
  const std::vector<pid_t>& pids = target.pids;
  Collector collector = Collector::attach(target, options.collector);
  TargetEnd end(pids);
  const Interrupt interrupt;
  analysis::Run run;
  run.label = tracer::thread_name(pids.front(), pids.front());
  run.target = {.kind = "pid", .pids = {pids.begin(), pids.end()}};

  std::optional<Screen> screen;
  if (Screen::is_possible()) screen.emplace();
  std::optional<Stop> stop;
  if (screen) stop = Stop{screen->key_fd(), [&screen] { return screen->is_asked_to_quit(); }};
  Session session(collector, end, interrupt, stop);
  bool is_first = true;
  const TakeLap show = [&](const Window& window, double start_s) {
    analysis::take_window(run, window);
    run.window.start_s = start_s;
    const std::string lap = analysis::render::text_of_lap(run, screen || is_first, {});
    is_first = false;
    if (screen) {
      screen->show(fmt::format(" {}: {} threads, the last {:.2f} s; q leaves\n\n{}",
                               analysis::render::name_of_target(run), run.target.threads,
                               window.seconds, lap));
    } else {
      fmt::print("{}", lap);
      std::fflush(stdout);
    }
  };
  session.open();
  session.run(options.timing, show);
  // What is left of a lap is no lap.
  session.close([](const Window&, double) {});
}

}  // namespace

void add_top(CLI::App& app, int& exit_status) {
  const auto options = std::make_shared<StatOptions>();
  options->timing.interval = kRefresh;
  CLI::App* const command = app.add_subcommand("top", "what a process does, live: q leaves");
  command->add_option("-p,--pid", options->pids, "processes, with all their threads and children")
      ->type_name("PID,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->required();
  add_what_is_counted(*command, options->collector);
  const auto add_time = [command](const char* name, const char* help,
                                  std::optional<std::chrono::milliseconds>& value) {
    command
        ->add_option_function<std::int64_t>(
            name, [&value](std::int64_t ms) { value = std::chrono::milliseconds(ms); }, help)
        ->type_name("MS")
        ->check(CLI::Range(std::int64_t{10}, std::int64_t{1'000'000'000}));
  };
  add_time("-I,--interval", "refresh so often [1000]", options->timing.interval);
  add_time("--timeout", "leave after so long", options->timing.timeout);
  command->footer(
      "Totals of the last interval, and what of them falls on a unit, or on a second when no unit\n"
      "was seen, most calls first. On a\n"
      "terminal the page is refreshed in place; else each interval is a block of lines. It leaves\n"
      "when the target ends, and the target goes on undisturbed when it leaves.");
  command->callback([options, &exit_status] {
    top(*options);
    exit_status = 0;
  });
}

}  // namespace msgstat::cli
