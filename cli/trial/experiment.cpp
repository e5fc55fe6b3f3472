#include "cli/trial/experiment.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "cli/bench/progress.hpp"
#include "cli/trial/guardian.hpp"
#include "tracer/collector.hpp"
#include "tracer/error.hpp"
#include "tracer/fd.hpp"
#include "tracer/target/cpu_list.hpp"
#include "tracer/target/process.hpp"

namespace msgstat::cli {
namespace {

enum class Pass { kTime, kInterrupted, kTargetEnded };

[[noreturn]] void throw_ended(pid_t pid) {
  throw Error(fmt::format("process {} ended before it was measured", pid));
}

tracer::Fd watch_process(pid_t pid) {
  const int end = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (end < 0 && errno == ESRCH) throw_ended(pid);
  return tracer::Fd(check(end, fmt::format("watch process {}", pid)));
}

std::vector<std::string> command_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/cmdline", pid));
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

// All windows are divided by the units, or none: a window without would have no ratio to compare.
void drop_units_unless_in_all(std::vector<analysis::Run>& runs) {
  if (std::all_of(runs.begin(), runs.end(),
                  [](const analysis::Run& run) { return run.unit && run.unit->count > 0; }))
    return;
  for (analysis::Run& run : runs) run.unit.reset();
}

CollectorOptions collector_options(const TrialSettings& settings) {
  CollectorOptions options;
  options.events = settings.events;
  options.units = {settings.unit};
  return options;
}

class Trial {
 public:
  Trial(const TrialSettings& settings, const Interrupt& interrupt)
      : settings_(settings),
        interrupt_(interrupt),
        target_(watch_process(settings.pid)),
        guardian_(settings.pid, target_.get(), settings.treatments),
        originals_(settings.pid, settings.treatments),
        collector_(Collector::process(settings.pid, collector_options(settings))),
        progress_(2 * settings.rounds) {}

  std::vector<std::string> run(analysis::Recording& recording) {
    std::vector<analysis::Run> runs;
    try {
      run_blocks(runs);
    } catch (const UsageError&) {
      throw;
    } catch (const Error&) {
      if (pass(std::chrono::milliseconds(100)) != Pass::kTargetEnded) throw;
      end_ = Pass::kTargetEnded;
    }
    const std::vector<std::string> failures = originals_.restore();
    if (!guardian_.finish() || !failures.empty())
      throw Error(fmt::format("process {} is not as it was before", settings_.pid),
                  failures.empty() ? "see above" : failures.front());
    if (runs.empty() && end_ == Pass::kInterrupted) throw Interrupted(interrupt_.signal());
    if (runs.empty()) throw_ended(settings_.pid);
    drop_units_unless_in_all(runs);
    std::move(runs.begin(), runs.end(), std::back_inserter(recording.runs));
    if (end_ == Pass::kInterrupted)
      recording.unfinished =
          fmt::format("ended by signal {}: what follows is what was measured", interrupt_.signal());
    if (end_ == Pass::kTargetEnded)
      recording.unfinished =
          fmt::format("process {} ended: what follows is what was measured", settings_.pid);
    return notices();
  }

 private:
  Pass pass(std::chrono::nanoseconds time) {
    using Clock = std::chrono::steady_clock;
    constexpr std::chrono::nanoseconds kAskEvery = std::chrono::milliseconds(10);
    const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(time);
    std::array<pollfd, 2> watched = {{{.fd = interrupt_.fd(), .events = POLLIN, .revents = 0},
                                      {.fd = target_.get(), .events = POLLIN, .revents = 0}}};
    for (;;) {
      const std::chrono::nanoseconds left = deadline - Clock::now();
      if (left <= left.zero()) return Pass::kTime;
      const timespec timeout{.tv_sec = 0, .tv_nsec = std::min(left, kAskEvery).count()};
      const int ready = ::ppoll(watched.data(), watched.size(), &timeout, nullptr);
      if (is_open_) collector_.poll();
      if (ready <= 0) continue;
      return watched[1].revents != 0 ? Pass::kTargetEnded : Pass::kInterrupted;
    }
  }

  void run_blocks(std::vector<analysis::Run>& runs) {
    std::mt19937_64 random(settings_.seed);
    for (std::uint64_t round = 0; round < settings_.rounds; ++round) {
      const bool treated_first = (random() & 1U) != 0;
      for (const bool treated : {treated_first, !treated_first})
        if (!run_window(treated, round, runs)) return;
    }
  }

  // False when the trial ends here.
  bool run_window(bool treated, std::uint64_t round, std::vector<analysis::Run>& runs) {
    const std::string arm = treated ? arm_name(settings_.treatments) : kUntreated;
    const std::size_t left = 2 * settings_.rounds - done_;
    progress_.begin(done_++, arm, (settings_.settle + settings_.duration) * left);
    if (treated) {
      originals_.treat(
          [this](std::size_t treatment, const Subject& subject, const std::string& state) {
            guardian_.keep(treatment, subject, state);
          });
    } else if (const auto failures = originals_.restore(); !failures.empty()) {
      throw Error(failures.front());
    }
    end_ = pass(settings_.settle);
    if (end_ != Pass::kTime) return false;
    collector_.open();
    is_open_ = true;
    end_ = pass(settings_.duration);
    is_open_ = false;
    // What it says of a target that has ended is cut short by an unknown time.
    if (end_ == Pass::kTargetEnded) return false;
    const Window window = collector_.close();
    if (end_ == Pass::kInterrupted) return false;
    runs.push_back(describe(window, arm, round));
    return true;
  }

  analysis::Run describe(const Window& window, const std::string& arm, std::uint64_t round) const {
    analysis::Run run;
    run.label = tracer::thread_name(settings_.pid, settings_.pid);
    run.arm = arm;
    run.repeat = round;
    run.target.kind = "pid";
    run.target.pids = {settings_.pid};
    run.target.command = command_of(settings_.pid);
    run.target.cpus = tracer::to_string(tracer::allowed_cpus(settings_.pid));
    analysis::take_window(run, window);
    return run;
  }

  [[nodiscard]] std::vector<std::string> notices() const {
    if (originals_.born_treated() == 0) return {};
    return {
        fmt::format("{} threads were born while the process was treated: they were given the "
                    "state that its first thread had before",
                    originals_.born_treated())};
  }

  const TrialSettings& settings_;
  const Interrupt& interrupt_;
  tracer::Fd target_;
  Guardian guardian_;
  Originals originals_;
  Collector collector_;
  Progress progress_;
  std::size_t done_ = 0;
  bool is_open_ = false;
  Pass end_ = Pass::kTime;
};

}  // namespace

std::string arm_name(const std::vector<ChosenTreatment>& treatments) {
  std::string name;
  for (const ChosenTreatment& one : treatments)
    name += fmt::format("{}{}={}", name.empty() ? "" : ",", one.treatment->key, one.state);
  return name;
}

std::vector<std::string> run_trial(const TrialSettings& settings, const Interrupt& interrupt,
                                   analysis::Recording& recording) {
  analysis::ArmSettings treated{.name = arm_name(settings.treatments), .settings = {}};
  for (const ChosenTreatment& one : settings.treatments)
    treated.settings.emplace_back(one.treatment->key, one.state);
  recording.arms = {{.name = kUntreated, .settings = {}}, treated};
  recording.seed = settings.seed;
  return Trial(settings, interrupt).run(recording);
}

}  // namespace msgstat::cli
