#include "tracer/collector.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include "tracer/agent/thread_name.hpp"
#include "tracer/error.hpp"
#include "tracer/perf/counters.hpp"
#include "tracer/probe/programs.hpp"
#include "tracer/target/process.hpp"
#include "tracer/target/target.hpp"
#include "tracer/thread_table.hpp"
#include "tracer/unit_counter.hpp"

namespace msgstat {
namespace {

using Clock = std::chrono::steady_clock;
using namespace tracer;

double seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

std::vector<Event> find_events(const std::vector<std::string>& names) {
  std::vector<Event> events;
  if (names.empty())
    for (const auto name : default_event_names()) events.push_back(find_event(name));
  else
    for (const auto& name : names) events.push_back(find_event(name));
  return events;
}

// The instant that ends one window and begins the next.
struct Cut {
  Clock::time_point time;
  std::uint64_t units_before = 0;
  std::uint64_t units_after = 0;
  CpuTime cpu;
  std::vector<EventCount> events;
  ThreadTable threads;  // what each did since the cut before
  std::uint64_t unplaced_stints = 0;
  TargetFilter::Census census;
};

std::optional<double> difference(std::optional<double> now, std::optional<double> then) {
  if (now && then) return *now - *then;
  return now;
}

// Unlike std::thread::id, never given again to another thread; and found without a system call.
std::uint64_t thread_serial() {
  static std::atomic<std::uint64_t> last{0};
  thread_local const std::uint64_t serial = ++last;
  return serial;
}

EventsPerCpu choose_events_per_cpu(const CollectorOptions& options) {
  const bool is_better = options.per_thread || options.level >= Level::kExplain;
  return options.events_per_cpu == EventsPerCpu::kAutomatic && is_better ? EventsPerCpu::kPreferred
                                                                         : options.events_per_cpu;
}

bool is_io_uring(const SyscallCount& call) { return call.name.starts_with("io_uring_"); }

}  // namespace

struct Collector::Impl {
  CollectorOptions options;
  Target target;
  bool is_self;
  PerfCounters counters;
  std::optional<UnitCounter> units;
  std::optional<Programs> programs;
  std::string programs_reason;
  std::uint64_t caller = 0;  // who called last, and its id in the init namespace
  pid_t caller_tid = 0;
  pid_t excluded_init_tid = 0;
  bool is_open = false;
  Cut last;
  Clock::time_point sample_start;
  std::optional<Observer> sample;  // runs and ns as sampled, not yet scaled
  std::uint64_t sampled_calls = 0;

  class CallerExcluded;

  Impl(TargetSpec spec, CollectorOptions wanted);

  [[nodiscard]] std::vector<pid_t> measured_threads() const;
  [[nodiscard]] CpuTime cpu_time(const TargetFilter::Census& census) const;
  void aim();
  void arm();
  void disarm();
  [[nodiscard]] Cut cut();
  void start_sample();
  void take_sample();  // what start_sample() began, if it still goes on
  void end_sample();
  [[nodiscard]] Window window_since_last(Cut now);
  void describe_calls(Window& window);
  void describe_threads(Window& window, Cut& now);
  void observe_blind_spots(Window& window, const std::vector<pid_t>& members) const;
};

Collector::Impl::Impl(TargetSpec spec, CollectorOptions wanted)
    : options(std::move(wanted)),
      target(std::move(spec), options.inherit),
      is_self(target.is_self()),
      counters(find_events(options.events), options.inherit, choose_events_per_cpu(options),
               options.per_thread) {
  try {
    programs.emplace(options.level, options.per_thread, options.units, target.list_processes());
    if (options.excluded_tid != 0)
      excluded_init_tid = programs->filter().init_namespace_tid(options.excluded_tid);
  } catch (const UsageError&) {
    throw;
  } catch (const Error& error) {
    programs.reset();
    programs_reason = error.what();
    target.require_ours(error.advice());
  }
}

std::vector<pid_t> Collector::Impl::measured_threads() const {
  std::vector<pid_t> tids = target.list_threads();
  std::erase(tids, options.excluded_tid);
  return tids;
}

CpuTime Collector::Impl::cpu_time(const TargetFilter::Census& census) const {
  if (target.is_by_thread())
    return read_thread_cpu_time(programs ? census.members : target.list_threads());
  return read_cpu_time(programs ? census.members : target.list_processes());
}

void Collector::Impl::aim() {
  TargetFilter& filter = programs->filter();
  programs->arm();
  target.aim(filter);
  if (options.excluded_tid != 0) return;
  const auto agent = filter.find_named(kAgentThreadName);
  if (!agent) return;
  options.excluded_tid = agent->ours;
  excluded_init_tid = agent->init_namespace;
  if (!is_self) filter.exclude(excluded_init_tid);
}

void Collector::Impl::arm() {
  if (programs) aim();
  counters.open(target, programs ? &programs->filter() : nullptr,
                {.tid = options.excluded_tid, .init_namespace_tid = excluded_init_tid});
  // Events are opened by id, which may have gone to another.
  target.require_alive();
  last = cut();
  if (!programs) return;
  programs->statistics().add(counters.program_fds());
  // What was counted before the cut belongs to no window.
  Window before;
  before.loss.emplace();
  programs->collect(before);
  programs->syscalls().take_threads(last.threads);
  last.threads.clear();
}

void Collector::Impl::disarm() {
  if (programs) programs->disarm();
  counters.close();
}

Cut Collector::Impl::cut() {
  Cut now;
  if (units) now.units_before = units->read();
  if (programs) programs->filter().switch_bank();
  if (units) now.units_after = units->read();
  now.time = Clock::now();
  now.events = counters.read();
  if (options.per_thread) {
    counters.take_threads(now.threads);
    now.unplaced_stints = counters.lost_stints();
  }
  if (programs) now.census = programs->filter().take_census();
  now.cpu = cpu_time(now.census);
  return now;
}

void Collector::Impl::start_sample() {
  sample.reset();
  sampled_calls = 0;
  if (!programs || !programs->statistics().start()) return;
  sample_start = Clock::now();
  sampled_calls = programs->syscalls().calls_so_far();
}

void Collector::Impl::take_sample() {
  if (!programs || !programs->statistics().is_running()) return;
  sampled_calls = programs->syscalls().calls_so_far() - sampled_calls;
  const RunTime used = programs->statistics().used();
  sample = Observer{.bpf_runs = static_cast<double>(used.runs),
                    .bpf_ns = static_cast<double>(used.ns),
                    .sampled_s = seconds(Clock::now() - sample_start)};
}

void Collector::Impl::end_sample() {
  take_sample();
  if (programs) programs->statistics().stop();
}

void Collector::Impl::describe_calls(Window& window) {
  programs->collect(window);
  std::uint64_t calls = 0;
  for (const SyscallCount& call : *window.syscalls) calls += call.calls;
  if (!sample) return;
  const double factor = sampled_calls > 0
                            ? static_cast<double>(calls) / static_cast<double>(sampled_calls)
                            : window.seconds / sample->sampled_s;
  window.observer = Observer{.bpf_runs = sample->bpf_runs * std::max(1.0, factor),
                             .bpf_ns = sample->bpf_ns * std::max(1.0, factor),
                             .sampled_s = sample->sampled_s};
}

void Collector::Impl::describe_threads(Window& window, Cut& now) {
  programs->syscalls().take_threads(now.threads);
  window.by_thread = now.threads.take();
  for (const SyscallCount& call : *window.syscalls) window.loss->unplaced_calls += call.calls;
  for (const ThreadCounts& thread : *window.by_thread)
    for (const ThreadSyscall& call : thread.syscalls) window.loss->unplaced_calls -= call.calls;
  window.loss->unplaced_stints = now.unplaced_stints - last.unplaced_stints;
}

void Collector::Impl::observe_blind_spots(Window& window, const std::vector<pid_t>& members) const {
  for (const std::string& who : target.list_ended())
    window.blind_spots.push_back(who + " has ended inside the window: its CPU time is not known");
  if (const std::size_t hidden = target.count_hidden(); hidden > 0)
    window.blind_spots.push_back(std::to_string(hidden) +
                                 " processes of the cgroup are in no pid namespace that is seen "
                                 "from here: only the children that they make are measured");
  if (window.futex)
    for (const pid_t pid : members)
      if (!may_read_files(pid))
        window.blind_spots.push_back("the names at the addresses of process " +
                                     std::to_string(pid) +
                                     ": the files of another user's need CAP_SYS_PTRACE");
  if (!window.syscalls) return;
  std::uint64_t foreign = 0;
  for (const SyscallCount& call : *window.syscalls)
    if (call.abi != Abi::kNative) foreign += call.calls;
  if (foreign > 0)
    window.blind_spots.push_back(std::to_string(foreign) +
                                 " calls came by the 32-bit interface; they are counted apart");
  // One that a kernel thread polls takes no call, and descriptors may not be readable.
  const bool called = std::any_of(window.syscalls->begin(), window.syscalls->end(), is_io_uring) ||
                      (window.uring && !window.uring->empty());
  const bool held = std::any_of(members.begin(), members.end(),
                                [](pid_t pid) { return has_io_uring(pid).value_or(false); });
  if (called || held)
    window.blind_spots.emplace_back(
        window.uring
            ? "io_uring is in use: an entry is counted once, when the kernel takes it; not "
              "what becomes of it, nor how often a multishot entry completes"
            : "io_uring is in use: the operations it is handed are no system calls and "
              "are not in the counts");
}

Window Collector::Impl::window_since_last(Cut now) {
  Window window;
  window.seconds = seconds(now.time - last.time);
  if (units)
    window.units = UnitCount{.count = now.units_before - last.units_after,
                             .uncertainty = (now.units_after - now.units_before) +
                                            (last.units_after - last.units_before)};
  window.cpu = cpu_time_between(last.cpu, now.cpu);
  window.events = now.events;
  for (std::size_t i = 0; i < window.events.size() && i < last.events.size(); ++i)
    window.events[i].value = difference(window.events[i].value, last.events[i].value);
  if (programs) {
    const thread_census& threads = now.census.threads;
    window.threads = threads.threads + (is_self && options.excluded_tid == 0 ? 1 : 0);
    window.loss = Loss{.in_flight_open = last.census.threads.in_call,
                       .in_flight_close = threads.in_call,
                       .on_cpu_open = last.census.threads.on_cpu,
                       .on_cpu_close = threads.on_cpu};
    describe_calls(window);
    if (options.per_thread) describe_threads(window, now);
  } else {
    window.threads = measured_threads().size();
    window.syscalls_reason = programs_reason;
    for (const std::string& expression : options.units)
      window.unit_counts.push_back(
          {.expression = expression, .count = {}, .source = {}, .reason = programs_reason});
  }
  observe_blind_spots(window, now.census.members);
  last = std::move(now);
  return window;
}

Collector::Collector(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Collector::Collector(Collector&&) noexcept = default;
Collector& Collector::operator=(Collector&&) noexcept = default;
Collector::~Collector() = default;

Collector Collector::self(CollectorOptions options) {
  return process(::getpid(), std::move(options));
}

Collector Collector::process(pid_t pid, CollectorOptions options) {
  return attach({.pids = {pid}, .tids = {}, .cgroup = {}}, std::move(options));
}

Collector Collector::attach(TargetSpec target, CollectorOptions options) {
  return Collector(std::make_unique<Impl>(std::move(target), std::move(options)));
}

// While the collector works inside the target, the thread that it works on is not counted.
class Collector::Impl::CallerExcluded {
 public:
  explicit CallerExcluded(Impl& impl) : impl_(impl) {
    if (!impl_.programs) return;
    if (impl_.is_self && impl_.caller != thread_serial()) {
      impl_.caller_tid = impl_.programs->filter().init_namespace_tid_of_caller();
      impl_.caller = thread_serial();
    }
    impl_.programs->filter().exclude(impl_.is_self ? impl_.caller_tid : impl_.excluded_init_tid);
  }
  ~CallerExcluded() {
    if (impl_.programs) impl_.programs->filter().exclude(impl_.excluded_init_tid);
  }
  CallerExcluded(const CallerExcluded&) = delete;
  CallerExcluded& operator=(const CallerExcluded&) = delete;

 private:
  Impl& impl_;
};

const std::string& Collector::syscalls_obstacle() const { return impl_->programs_reason; }

void Collector::count_units(const UnitCounterLocation& location) { impl_->units.emplace(location); }

void Collector::open() {
  Impl& impl = *impl_;
  if (impl.is_open) throw Error("the window is open already");
  impl.target.require_alive();
  const Impl::CallerExcluded excluded(impl);
  try {
    impl.arm();
  } catch (...) {
    impl.disarm();
    throw;
  }
  impl.start_sample();
  impl.is_open = true;
}

bool Collector::poll() {
  Impl& impl = *impl_;
  if (!impl.is_open || !impl.programs) return false;
  const bool is_sampling = impl.programs->statistics().is_running();
  const bool is_due =
      is_sampling && Clock::now() - impl.sample_start >= impl.options.observer_sample;
  const bool drains = impl.programs->must_be_drained();
  if (!is_due && !drains) return is_sampling;
  const Impl::CallerExcluded excluded(impl);
  if (is_due) impl.end_sample();
  if (drains) impl.programs->drain();
  return drains || (is_sampling && !is_due);
}

Window Collector::lap() {
  Impl& impl = *impl_;
  if (!impl.is_open) throw Error("no window is open");
  const Impl::CallerExcluded excluded(impl);
  impl.take_sample();
  Window window = impl.window_since_last(impl.cut());
  impl.start_sample();
  return window;
}

Window Collector::close() {
  Impl& impl = *impl_;
  if (!impl.is_open) throw Error("no window is open");
  const Impl::CallerExcluded excluded(impl);
  impl.is_open = false;
  impl.end_sample();
  try {
    // Read while it is armed: a thread that ends now has its time in the window told by a hook.
    Window window = impl.window_since_last(impl.cut());
    impl.disarm();
    return window;
  } catch (...) {
    impl.disarm();
    throw;
  }
}

}  // namespace msgstat
