#include "tracer/collector.hpp"

#include <sys/resource.h>
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

std::size_t count_free_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  constexpr std::size_t kReserve = 64;
  const std::size_t used = list_descriptors().size() + kReserve;
  return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

// The instant that ends one window and begins the next.
struct Cut {
  Clock::time_point time;
  std::uint64_t units_before = 0;
  std::uint64_t units_after = 0;
  CpuTime cpu;
  std::vector<EventCount> events;
  thread_census census{};
};

std::optional<double> difference(std::optional<double> now, std::optional<double> then) {
  if (now && then) return *now - *then;
  return now;
}

pid_t find_agent_thread(pid_t pid) {
  for (const pid_t tid : list_threads(pid))
    if (thread_name(pid, tid) == kAgentThreadName) return tid;
  return 0;
}

// A dead main thread is a zombie too, for as long as the others live.
bool has_ended(pid_t pid, const ProcessStatus& status) {
  return status.state == 'Z' && list_threads(pid).size() <= 1;
}

// Unlike std::thread::id, never given again to another thread; and found without a system call.
std::uint64_t thread_serial() {
  static std::atomic<std::uint64_t> last{0};
  thread_local const std::uint64_t serial = ++last;
  return serial;
}

bool is_io_uring(const SyscallCount& call) { return call.name.starts_with("io_uring_"); }

}  // namespace

struct Collector::Impl {
  pid_t pid;
  bool is_self;
  CollectorOptions options;
  std::uint64_t start_ticks = 0;
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

  Impl(pid_t target, bool self, CollectorOptions wanted);

  void require_alive() const;
  [[nodiscard]] bool is_alive() const;
  [[nodiscard]] std::vector<pid_t> processes() const;
  [[nodiscard]] std::vector<pid_t> measured_threads() const;
  void aim();
  void open_counters();
  void arm();
  void disarm();
  [[nodiscard]] Cut cut();
  void start_sample();
  void end_sample();
  [[nodiscard]] Window window_since_last(Cut now);
  void describe_calls(Window& window);
  void observe_blind_spots(Window& window) const;
};

Collector::Impl::Impl(pid_t target, bool self, CollectorOptions wanted)
    : pid(target),
      is_self(self),
      options(std::move(wanted)),
      counters(find_events(options.events), options.inherit) {
  require_alive();
  start_ticks = read_status(pid)->start_ticks;
  if (options.excluded_tid == 0) options.excluded_tid = find_agent_thread(pid);
  try {
    programs.emplace(options.level);
    // A kernel whose iterators cannot do this is found out here, not as the window opens.
    static_cast<void>(programs->filter().init_namespace_tid(pid));
    if (options.excluded_tid != 0)
      excluded_init_tid = programs->filter().init_namespace_tid(options.excluded_tid);
  } catch (const Error& error) {
    programs.reset();
    programs_reason = error.what();
  }
}

void Collector::Impl::require_alive() const {
  const std::string name = "process " + std::to_string(pid);
  const auto status = pid > 0 ? read_status(pid) : std::nullopt;
  if (!status) throw Error("there is no " + name);
  if (const pid_t process = process_of(pid).value_or(pid); process != pid)
    throw Error(std::to_string(pid) + " is a thread of process " + std::to_string(process),
                "measure the process");
  if (status->is_kernel_thread)
    throw Error(name + " is a kernel thread", "only programs can be measured");
  if (has_ended(pid, *status))
    throw Error(name + " is a zombie", "it has ended; there is nothing to measure");
  if (start_ticks != 0 && status->start_ticks != start_ticks)
    throw Error(name + " has ended, and its id has gone to another");
}

bool Collector::Impl::is_alive() const {
  const auto status = read_status(pid);
  return status && !has_ended(pid, *status) && status->start_ticks == start_ticks;
}

std::vector<pid_t> Collector::Impl::processes() const {
  return options.inherit ? list_descendants(pid) : std::vector{pid};
}

std::vector<pid_t> Collector::Impl::measured_threads() const {
  std::vector<pid_t> tids;
  for (const pid_t process : processes())
    for (const pid_t tid : list_threads(process))
      if (tid != options.excluded_tid) tids.push_back(tid);
  return tids;
}

// Children that are made while the living are listed are caught by the hook, which comes first;
// those of a child not yet listed, by listing again until nobody is new.
void Collector::Impl::aim() {
  TargetFilter& filter = programs->filter();
  filter.clear();
  programs->arm();
  filter.forget_dead();
  if (options.inherit) filter.follow_children();
  if (!filter.add(pid)) throw Error("process " + std::to_string(pid) + " has ended");
  for (bool found_new = options.inherit; found_new;) {
    found_new = false;
    for (const pid_t process : processes()) found_new |= process != pid && filter.add(process);
  }
}

// A thread that is born while events are opened may inherit them and be opened as well. Only a
// list of threads that is the same before and after is exact.
void Collector::Impl::open_counters() {
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::vector<pid_t> tids = measured_threads();
    const std::size_t wanted = tids.size() * counters.descriptors_per_thread();
    if (wanted > count_free_descriptors()) {
      counters.give_up(std::to_string(tids.size()) + " threads take " + std::to_string(wanted) +
                       " descriptors, more than are free");
      return;
    }
    counters.open(tids);
    if (measured_threads() == tids) {
      counters.start();
      return;
    }
  }
  counters.give_up("threads came and went faster than they could be attached to");
}

void Collector::Impl::arm() {
  if (programs) aim();
  open_counters();
  last = cut();
  if (!programs) return;
  // What was counted before the cut belongs to no window.
  Window before;
  before.loss.emplace();
  programs->collect(before);
}

void Collector::Impl::disarm() {
  if (programs) programs->disarm();
  counters.close();
}

Cut Collector::Impl::cut() {
  Cut now;
  now.cpu = read_cpu_time(processes());
  if (units) now.units_before = units->read();
  if (programs) programs->filter().switch_bank();
  if (units) now.units_after = units->read();
  now.time = Clock::now();
  now.events = counters.read();
  if (programs) now.census = programs->filter().take_census();
  return now;
}

void Collector::Impl::start_sample() {
  sample.reset();
  sampled_calls = 0;
  if (!programs || !programs->statistics().start()) return;
  sample_start = Clock::now();
  sampled_calls = programs->syscalls().calls_so_far();
}

void Collector::Impl::end_sample() {
  if (!programs || !programs->statistics().is_running()) return;
  sampled_calls = programs->syscalls().calls_so_far() - sampled_calls;
  const RunTime used = programs->statistics().stop();
  sample = Observer{.bpf_runs = static_cast<double>(used.runs),
                    .bpf_ns = static_cast<double>(used.ns),
                    .sampled_s = seconds(Clock::now() - sample_start)};
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

void Collector::Impl::observe_blind_spots(Window& window) const {
  if (!is_alive())
    window.blind_spots.push_back("process " + std::to_string(pid) +
                                 " has ended inside the window: its CPU time is not known");
  if (!window.syscalls) return;
  std::uint64_t foreign = 0;
  for (const SyscallCount& call : *window.syscalls)
    if (call.abi != Abi::kNative) foreign += call.calls;
  if (foreign > 0)
    window.blind_spots.push_back(std::to_string(foreign) +
                                 " calls came by the 32-bit interface; they are counted apart");
  const bool called = std::any_of(window.syscalls->begin(), window.syscalls->end(), is_io_uring);
  if (called || has_io_uring(pid).value_or(false))
    window.blind_spots.emplace_back(
        "io_uring is in use: the operations it is handed are no system calls and are not in the "
        "counts");
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
  window.threads = measured_threads().size();
  if (programs) {
    window.threads = now.census.threads + (is_self && options.excluded_tid == 0 ? 1 : 0);
    window.loss = Loss{.in_flight_open = last.census.in_call,
                       .in_flight_close = now.census.in_call,
                       .on_cpu_open = last.census.on_cpu,
                       .on_cpu_close = now.census.on_cpu};
    describe_calls(window);
  } else {
    window.syscalls_reason = programs_reason;
  }
  observe_blind_spots(window);
  last = std::move(now);
  return window;
}

Collector::Collector(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Collector::Collector(Collector&&) noexcept = default;
Collector& Collector::operator=(Collector&&) noexcept = default;
Collector::~Collector() = default;

Collector Collector::self(CollectorOptions options) {
  return Collector(std::make_unique<Impl>(::getpid(), true, std::move(options)));
}

Collector Collector::process(pid_t pid, CollectorOptions options) {
  return Collector(std::make_unique<Impl>(pid, pid == ::getpid(), std::move(options)));
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

void Collector::count_units(const UnitCounterLocation& location) { impl_->units.emplace(location); }

void Collector::open() {
  Impl& impl = *impl_;
  if (impl.is_open) throw Error("the window is open already");
  impl.require_alive();
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
  if (!impl.is_open || !impl.programs || !impl.programs->statistics().is_running()) return false;
  if (Clock::now() - impl.sample_start < impl.options.observer_sample) return true;
  const Impl::CallerExcluded excluded(impl);
  impl.end_sample();
  return false;
}

Window Collector::lap() {
  Impl& impl = *impl_;
  if (!impl.is_open) throw Error("no window is open");
  const Impl::CallerExcluded excluded(impl);
  impl.end_sample();
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
  Cut now = impl.cut();
  impl.disarm();
  return impl.window_since_last(std::move(now));
}

}  // namespace msgstat
