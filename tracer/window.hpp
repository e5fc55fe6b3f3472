// What a window holds: the difference of two snapshots of a target, and the units done between
// them. Plain values, owned by who has them; any thread. Times are in the unit of their name.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tracer/futex_use.hpp"
#include "tracer/scheduler_use.hpp"

namespace msgstat {

// How much is collected; each includes those before it.
enum class Level {
  kCounts,   // one hook at the exit of system calls: calls and errors; perf events
  kLatency,  // the entry too: time in each system call
  kExplain,  // futex words and their waiters and wakers; the scheduler
};

// perf_event_open(2): what became of a counter. Only the first two carry a value.
enum class CounterState {
  kCounted,       // counted for the whole of the window
  kScaled,        // multiplexed: the value is an estimate, scaled by ENABLED / RUNNING
  kNotCounted,    // armed, but never ran (no free counter; no thread ran), or could not be armed
  kNotSupported,  // this machine or kernel does not have it
  kNotPermitted,  // this user may not have it
};

struct EventCount {
  std::string name;  // as perf and libpfm4 name it
  CounterState state = CounterState::kNotCounted;
  std::optional<double> value;  // present when counted or scaled
  std::string unit;             // "ns" for clocks, else empty
  double running = 0;           // RUNNING / ENABLED, 0 to 1; 1 when no thread of it ran
  std::string reason;           // why there is no value, as a clause
  bool operator==(const EventCount&) const = default;
};

enum class Abi {
  kNative,
  kCompat32,  // int $0x80, sysenter; AArch32
  kX32,
};

// At level `latency`: from entry to return, of the calls whose entry was seen (a call that was in
// flight when the window was armed has no time). Percentiles are exact to 1.6 %: the middle of a
// bucket of a log-linear histogram.
struct SyscallTime {
  std::uint64_t calls = 0;  // that were timed
  std::uint64_t total_ns = 0;
  double p50_ns = 0;
  double p90_ns = 0;
  double p99_ns = 0;
  double p99_9_ns = 0;
  std::uint64_t max_ns = 0;
  bool operator==(const SyscallTime&) const = default;
};

// One system call: a call counts when it returns inside the window, and exit and exit_group
// when the thread dies in them (docs/architecture.md, "Which calls belong to a window").
struct SyscallCount {
  std::string name;  // "futex"; "syscall_N" for a number that has no name here
  Abi abi = Abi::kNative;
  int number = 0;
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;                      // of the calls, those that returned an errno
  std::map<int, std::uint64_t> errors_by_errno;  // adds up to `errors` unless Loss says not
  std::optional<SyscallTime> time;               // at level `latency`
};

// What one thread did, with CollectorOptions::per_thread: those that did something, also those that
// ended in the window. The calls of all add up to SyscallCount::calls, but for
// Loss::unplaced_calls.
struct ThreadSyscall {
  std::string name;
  Abi abi = Abi::kNative;
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;
  std::optional<std::uint64_t> time_ns;  // at level `latency`, of those that were timed
  bool operator==(const ThreadSyscall&) const = default;
};

struct ThreadCounts {
  int pid = 0;  // in the namespace of who measures; 0: it shows no such thread
  int tid = 0;
  std::string name;                     // comm, as it was last seen
  std::uint64_t started_ns = 0;         // CLOCK_MONOTONIC: with `tid` names it once and for all
  std::optional<std::uint64_t> cpu_ns;  // on a CPU; absent when that could not be counted
  std::vector<EventCount> events;       // empty with `cpu_ns`
  std::vector<ThreadSyscall> syscalls;  // most calls first
  bool operator==(const ThreadCounts&) const = default;
};

// Entries of one kind that were handed to io_uring: counted when the kernel takes them.
struct UringCount {
  std::string operation;  // "RECV": IORING_OP_RECV, linux/io_uring.h; "OP_N" for one without name
  std::uint64_t entries = 0;
  bool operator==(const UringCount&) const = default;
};

// Units done in the window. The counter is read before and after the instant at which the system
// calls are cut; `uncertainty` is how far it moved meanwhile, at both ends together.
struct UnitCount {
  std::uint64_t count = 0;
  std::uint64_t uncertainty = 0;
};

// The units of one expression that the kernel saw in the window, cut at the same instant as the
// system calls.
struct NamedUnits {
  std::string expression;              // as asked for
  std::optional<std::uint64_t> count;  // absent when they could not be counted
  std::string source;                  // "tracepoint sock:sock_recv_length, with data"
  std::string reason;                  // why there is no count
};

struct CpuTime {
  double user_s = 0;
  double system_s = 0;
  bool operator==(const CpuTime&) const = default;
};

struct Loss {
  std::uint64_t map_full = 0;  // errors whose errno found no room: counted, not named
  std::uint64_t untimed = 0;   // calls that found no room for their time: counted only
  // Of threads that found no room: calls, and times on a CPU, that are in no thread's row.
  std::uint64_t unplaced_calls = 0;
  std::uint64_t unplaced_stints = 0;
  std::uint64_t programs_missed = 0;  // program runs that the kernel skipped (recursion)
  // Threads asleep or preempted inside a call as the window opened: counted when they return; and
  // as it closed: not counted. A thread that runs at that instant cannot be told: `on_cpu_*`.
  std::uint64_t in_flight_open = 0;
  std::uint64_t in_flight_close = 0;
  std::uint64_t on_cpu_open = 0;
  std::uint64_t on_cpu_close = 0;
  bool operator==(const Loss&) const = default;
};

// The cost of the eBPF programs by the kernel's own statistics (BPF_ENABLE_STATS, bpf(2)), taken
// over the first `sampled_s` of the window and scaled to all of it by the calls counted.
struct Observer {
  double bpf_runs = 0;
  double bpf_ns = 0;
  double sampled_s = 0;
};

struct Window {
  double seconds = 0;
  std::optional<UnitCount> units;
  std::vector<NamedUnits> unit_counts;  // of CollectorOptions::units, in that order
  CpuTime cpu;
  std::vector<EventCount> events;
  std::optional<std::vector<SyscallCount>> syscalls;   // absent when they could not be counted
  std::string syscalls_reason;                         // why they are absent
  std::optional<std::vector<ThreadCounts>> by_thread;  // most time on a CPU first; if asked for
  std::optional<std::vector<UringCount>> uring;        // absent when they could not be counted
  std::optional<Loss> loss;                            // absent with the syscalls
  std::optional<Observer> observer;                    // absent when the kernel keeps no statistics
  std::vector<std::string> blind_spots;                // what the counts cannot see, as sentences
  std::uint64_t threads = 0;                           // alive as the window closed
  std::optional<FutexUse> futex;                       // at Level::kExplain
  std::optional<SchedulerUse> sched;                   // at Level::kExplain
};

}  // namespace msgstat
