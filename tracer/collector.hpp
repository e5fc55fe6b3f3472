// The collector: measures one process, ours or another, from open() to close().
//
// Nothing is armed outside a window, and nothing outlives the process that holds the collector:
// every hook is a descriptor. Not thread safe: one thread at a time. The system calls that
// open(), lap() and close() make are not counted; but close the window on the thread that opened
// it, for finding out who else calls takes one bpf(2), which is.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tracer/export.hpp"
#include "tracer/window.hpp"

namespace msgstat {

// Where another process counts the units of work, in shared memory: the sum of `count` 64-bit
// counters, the first at `offset`, `stride` bytes apart, that only ever grow.
struct UnitCounterLocation {
  int fd = -1;  // borrowed: may be closed once a Collector has it
  std::size_t offset = 0;
  std::size_t stride = 8;
  std::size_t count = 1;
};

// Whom to measure, by ids of our pid namespace: of one kind only.
struct TargetSpec {
  std::vector<pid_t> pids;  // with all their threads
  std::vector<pid_t> tids;  // these threads only
  // All processes in this cgroup (version 2) and below, those that join it later too: a directory,
  // or its path below the mount point. A process is where its main thread is.
  std::optional<std::filesystem::path> cgroup;
};

// Perf events are opened on each thread, with inherit, or on each CPU and read at each switch of
// threads. Both count the same; on threads takes a descriptor for each event and thread, and the
// kernel's work for them at each switch of these; on CPUs one for each event and CPU, and a hook at
// every switch of the machine.
enum class EventsPerCpu {
  kAutomatic,  // on CPUs for a cgroup, when threads would take more than 64 descriptors, with
               // per_thread, and at kExplain, which has that hook anyway
  kPreferred,  // on CPUs, unless that is refused
  kAlways,
  kNever,
};

struct CollectorOptions {
  // As libpfm4 and perf name them; empty for the default eight.
  std::vector<std::string> events;
  Level level = Level::kCounts;
  // What to count as units of work: sock:recv, sock:send, syscall:NAME, uprobe:BINARY:SYMBOL,
  // usdt:BINARY:PROVIDER:NAME, tracepoint:GROUP:NAME, count:N (N in each window). BINARY is a path
  // as the target sees it, or the name of a file that it has mapped. Window::unit_counts has them.
  std::vector<std::string> units;
  // Follow children; and of `tids`, the threads and children that they make. The threads of a
  // process are all measured, and a cgroup's children, also without.
  bool inherit = true;
  // What each thread did, too: Window::by_thread.
  bool per_thread = false;
  EventsPerCpu events_per_cpu = EventsPerCpu::kAutomatic;
  // How much of the window's start is sampled for the observer's cost.
  std::chrono::milliseconds observer_sample{50};
  // A thread of the target that is not measured, by its id in our namespace. 0: none, but for the
  // thread of an agent that lives in the target, which is found and left out by itself.
  pid_t excluded_tid = 0;
};

class MSGSTAT_API Collector {
 public:
  // Measures this process. Throws UsageError for an unknown event; Error for a target that is not
  // there or cannot be measured at all. What can be measured only in part says so in the Window.
  static Collector self(CollectorOptions options = {});
  // Throws besides UsageError for a specification that names nobody, or targets of two kinds.
  static Collector attach(TargetSpec target, CollectorOptions options = {});
  // Measures process `pid`, its threads and, with `inherit`, its children.
  static Collector process(pid_t pid, CollectorOptions options = {});

  Collector(Collector&& other) noexcept;
  Collector& operator=(Collector&& other) noexcept;
  ~Collector();

  // Why windows will have no system calls, no units and nothing of levels above `counts`, as
  // Window::syscalls_reason has it; empty when they will.
  [[nodiscard]] const std::string& syscalls_obstacle() const;

  // From the next open() on, windows count the units that are kept there. Throws UsageError when
  // the location lies outside its file.
  void count_units(const UnitCounterLocation& location);

  // Arms and opens a window. Throws Error when the target has ended.
  void open();
  // Ends the sample of the observer's cost when it is due, and takes the stacks that were sampled;
  // true as long as it has to be called again. Call it now and then in a window: without, that
  // sample lasts to the window's end, and costs as long, and at level explain stacks are lost.
  bool poll();
  // Closes the window and opens the next at the same instant.
  Window lap();
  // Closes the window and disarms.
  Window close();

 private:
  struct Impl;
  explicit Collector(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace msgstat
