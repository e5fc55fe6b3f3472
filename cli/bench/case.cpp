#include "cli/bench/case.hpp"

#include <optional>
#include <utility>

#include "cli/bench/load_process.hpp"
#include "cli/bench/server.hpp"
#include "cli/bench/watch.hpp"
#include "servers/load/published.hpp"
#include "tracer/target/process.hpp"

namespace msgstat::cli {
namespace {

std::optional<std::string> list_of(const tracer::CpuList& cpus) {
  if (cpus.empty()) return std::nullopt;
  return tracer::to_string(cpus);
}

class Case {
 public:
  Case(const Settings& settings, const std::vector<std::string>& events, const Interrupt& interrupt)
      : settings_(settings),
        interrupt_(interrupt),
        published_(load::make_published_file()),
        server_(settings, events, published_.get(), interrupt),
        idle_bytes_(server_.resident_bytes()),
        load_(settings, server_.port(), published_.get(), server_.process(), interrupt) {}

  CaseRuns run() {
    const std::uint64_t loaded_bytes = server_.resident_bytes();
    bare_half();
    CaseRuns result;
    std::optional<analysis::Run> measured;
    if (!interrupted_) measured = measured_run();
    if (!interrupted_) bare_half();
    if (loaded_bytes > idle_bytes_)
      bare_.memory_bytes_per_connection = static_cast<double>(loaded_bytes - idle_bytes_) /
                                          static_cast<double>(settings_.connections);
    describe_load(bare_, load::over(bare_load_));
    result.runs.push_back(std::move(bare_));
    if (measured) result.runs.front().target.threads = measured->target.threads;
    if (measured) result.runs.push_back(std::move(*measured));
    result.interrupted = interrupted_;
    return result;
  }

 private:
  [[nodiscard]] analysis::Run start_run(bool measured) {
    analysis::Run run;
    run.label = settings_.model->name;
    run.target = {.kind = "model",
                  .pids = {server_.process().pid()},
                  .threads = 0,
                  .command = server_.command(),
                  .cpus = list_of(settings_.server_cpus)};
    run.load = analysis::Load{.connections = settings_.connections,
                              .message_bytes = settings_.message_bytes,
                              .rate_per_s = settings_.rate_per_s,
                              .cpus = list_of(settings_.client_cpus)};
    if (const auto& asked = settings_.asked)
      run.load->asked = analysis::Asked{.connections = asked->connections, .reason = asked->reason};
    run.window.measured = measured;
    return run;
  }

  // What the load generator saw; for a measured run, the collector has counted the rest.
  static void describe_load(analysis::Run& run, const load::Measured& seen) {
    if (!run.window.measured) {
      run.window.seconds = seen.seconds;
      run.unit = analysis::Unit{
          .name = "message", .source = "load", .count = seen.messages, .uncertainty = 0};
    }
    if (const auto& us = seen.latency_us)
      run.latency_us = {
          .p50 = us->p50, .p90 = us->p90, .p99 = us->p99, .p99_9 = us->p99_9, .max = us->max};
    if (const auto& messages = seen.fairness)
      run.fairness = {.min = messages->min, .median = messages->median, .max = messages->max};
  }

  // Lets the time pass, and adds the rate in each slice of it to `slices_per_s`.
  void pass(std::chrono::nanoseconds time, const std::function<bool()>& poll,
            std::vector<double>& slices_per_s) {
    using Clock = std::chrono::steady_clock;
    constexpr int kSlices = 5;
    for (int slice = 0; slice < kSlices && !interrupted_; ++slice) {
      const auto start = Clock::now();
      const std::uint64_t before = load_.messages();
      interrupted_ = wait(time / kSlices, poll, {&server_.process(), &load_.process()},
                          interrupt_) == Wake::kInterrupted;
      const std::chrono::duration<double> passed = Clock::now() - start;
      const auto done = static_cast<double>(load_.messages() - before);
      if (!interrupted_) slices_per_s.push_back(done / passed.count());
    }
  }

  void bare_half() {
    if (bare_load_.empty()) {
      bare_ = start_run(false);
      bare_.cpu = CpuTime{};
    }
    const CpuTime cpu = server_.cpu_time();
    load::Interval interval{.open = load_.snapshot(), .close = {}};
    pass(settings_.duration / 2, {}, bare_.window.slices_per_s);
    interval.close = load_.snapshot();
    const CpuTime used = tracer::cpu_time_between(cpu, server_.cpu_time());
    bare_.cpu->user_s += used.user_s;
    bare_.cpu->system_s += used.system_s;
    bare_load_.push_back(std::move(interval));
  }

  analysis::Run measured_run() {
    analysis::Run run = start_run(true);
    load::Interval interval{.open = load_.snapshot(), .close = {}};
    server_.open(load_.units());
    pass(settings_.duration, server_.poller(), run.window.slices_per_s);
    const Window window = server_.close();
    interval.close = load_.snapshot();
    describe_load(run, load::over({interval}));
    analysis::take_window(run, window);
    return run;
  }

  const Settings& settings_;
  const Interrupt& interrupt_;
  load::FileDescriptor published_;
  Server server_;
  std::uint64_t idle_bytes_;
  LoadProcess load_;
  bool interrupted_ = false;
  analysis::Run bare_;
  std::vector<load::Interval> bare_load_;
};

}  // namespace

CaseRuns run_case(const Settings& settings, const std::vector<std::string>& events,
                  const Interrupt& interrupt) {
  return Case(settings, events, interrupt).run();
}

}  // namespace msgstat::cli
