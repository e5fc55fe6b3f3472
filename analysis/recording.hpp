// The recording: what was measured, complete enough to read it later (schema
// msgstat.recording/1, docs/formats.md). Plain values; any thread. What is absent was not
// measured, and is never a zero. Times carry their unit in their name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracer/window.hpp"

namespace msgstat::analysis {

inline constexpr std::string_view kRecordingSchema = "msgstat.recording/1";

struct Host {
  std::string kernel;  // "6.18.0"
  std::string arch;    // "x86_64"
  unsigned cpus = 0;
  std::optional<std::string> pmu;          // libpfm4's name of the hardware PMU
  std::optional<std::string> virtualized;  // the hypervisor's name, when there is one
  bool operator==(const Host&) const = default;
};

struct Target {
  std::string kind;           // "model", "pid", "thread", "command", "cgroup"
  std::vector<int> pids;      // in our pid namespace
  std::uint64_t threads = 0;  // alive as the window closed
  std::vector<std::string> command;
  std::optional<std::string> cpus;  // to which it was bound, as a list: "0,2-3"; absent: any
  bool operator==(const Target&) const = default;
};

// More connections were asked for than could be had.
struct Asked {
  std::uint64_t connections = 0;
  std::string reason;  // what the limit is, as a clause
  bool operator==(const Asked&) const = default;
};

// What the load generator was asked for.
struct Load {
  std::uint64_t connections = 0;
  std::uint64_t message_bytes = 0;
  std::optional<double> rate_per_s;  // absent: closed loop
  std::optional<std::string> cpus;   // to which the generator was bound, as in Target
  std::optional<Asked> asked;        // absent: `connections` are what was asked for
  bool operator==(const Load&) const = default;
};

struct RunWindow {
  double seconds = 0;
  bool measured = true;  // false: bare, nothing was armed
  // Units per second in equal slices of the window, in order: whether it was a steady state. Empty
  // when they were not read.
  std::vector<double> slices_per_s;
  // Of a lap: how long after the first of its laps opened, which it adds up with. Absent: no lap.
  std::optional<double> start_s;
  bool operator==(const RunWindow&) const = default;
};

// What ratios are of: the denominator.
struct Unit {
  std::string name;    // "message"
  std::string source;  // "load", "sock:recv", ...
  std::uint64_t count = 0;
  // How many units may have been done between the instants at which the counters and the units
  // were read, at both ends together.
  std::uint64_t uncertainty = 0;
  bool operator==(const Unit&) const = default;
};

// Units that were asked for by an expression. The first that was is the denominator, too.
struct CountedUnits {
  std::string name;                    // "receive"
  std::string source;                  // "sock:recv", as in Unit
  std::optional<std::uint64_t> count;  // absent: `reason`
  std::string counted_by;              // "tracepoint sock:sock_recv_length, with data"
  std::string reason;                  // why they could not be counted, as a clause
  bool operator==(const CountedUnits&) const = default;
};

// In the order in which the events were asked for. `value` is there when `state` is kCounted or
// kScaled, else `reason` says why it is not.
using Counter = EventCount;

struct Syscall {
  std::string name;  // "futex"; of another ABI "compat32:write"
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;
  std::map<std::string, std::uint64_t> errors_by_name;  // "EAGAIN"; may add up to less (Loss)
  std::optional<SyscallTime> time;                      // at level `latency`
  bool operator==(const Syscall&) const = default;
};

// Entries handed to io_uring, by operation: "RECV".
using UringEntries = UringCount;

struct LatencyUs {
  double p50 = 0, p90 = 0, p99 = 0, p99_9 = 0, max = 0;
  bool operator==(const LatencyUs&) const = default;
};

// Messages of one connection in the window.
struct Fairness {
  double min = 0, median = 0, max = 0;
  bool operator==(const Fairness&) const = default;
};

struct ObserverCost {
  double bpf_runs = 0;
  double bpf_ns = 0;
  double sampled_s = 0;
  double cpu_percent = 0;  // of one CPU, over the window
  bool operator==(const ObserverCost&) const = default;
};

// One rule's verdict on a run (analysis/findings/finding.hpp).
struct Finding {
  std::string id;        // of the rule: "gil-convoy"
  std::string severity;  // "high" "medium" "low" "info"
  std::string title;
  std::map<std::string, double> evidence;  // figures, with their unit in their name
  std::string why;
  std::vector<std::string> where;     // the places in the program, when stacks were sampled
  std::vector<std::string> try_this;  // commands or settings, with the effect to expect
  bool operator==(const Finding&) const = default;
};

// One window of one target in one arm.
struct Run {
  std::string label;  // the model's name, or the command's
  std::string arm;
  std::uint64_t repeat = 0;  // from 0
  Target target;
  std::optional<Load> load;
  RunWindow window;
  std::optional<Unit> unit;
  std::vector<CountedUnits> units;  // in the order in which they were asked for
  std::optional<CpuTime> cpu;
  std::vector<Counter> counters;
  std::optional<std::vector<Syscall>> syscalls;  // most calls first; absent: `syscalls_reason`
  std::string syscalls_reason;
  std::optional<std::vector<ThreadCounts>> by_thread;  // most time on a CPU first; if asked for
  std::optional<std::vector<UringEntries>> uring;      // most first; absent: not counted
  std::optional<LatencyUs> latency_us;
  std::optional<Fairness> fairness;
  std::optional<Loss> loss;
  std::optional<ObserverCost> observer;
  std::optional<FutexUse> futex;      // at level explain
  std::optional<SchedulerUse> sched;  // at level explain
  // Of the rules as they were when it was recorded, the costliest first.
  std::vector<Finding> findings;
  std::vector<std::string> blind_spots;  // what the counts cannot see, as sentences
  // Bytes of memory that one connection takes in the server, when it was measured.
  std::optional<double> memory_bytes_per_connection;
  bool operator==(const Run&) const = default;
};

// A model or target that was asked for and not measured, and why.
struct Skipped {
  std::string label;
  std::string arm;
  std::string reason;  // one line
  bool operator==(const Skipped&) const = default;
};

// An arm as it was asked for: its name, and what is different in it.
struct ArmSettings {
  std::string name;
  std::vector<std::pair<std::string, std::string>> settings;  // "server-cpus", "0"
  bool operator==(const ArmSettings&) const = default;
};

struct Recording {
  Host host;
  std::vector<std::string> command;   // the msgstat command line that made it
  std::optional<std::uint64_t> seed;  // of the order of the runs
  std::optional<std::string> suite;   // whose cases the runs are (analysis/suite)
  std::vector<ArmSettings> arms;      // the first is what the others are compared with
  std::vector<Run> runs;
  std::vector<Skipped> skipped;
  // Set when the measuring was ended before it was done (Ctrl-C): a sentence.
  std::optional<std::string> unfinished;
  bool operator==(const Recording&) const = default;
};

// Whether ratios are of these.
inline bool is_denominator(const Run& run, const CountedUnits& units) {
  return run.unit && run.unit->source == units.source;
}

// What a collector's window says, as far as a window knows it: seconds, unit, cpu, counters,
// syscalls, loss, observer, blind spots, threads. The rest of `run` is left as it is. The unit is
// what shared memory counted, with the name and the source that it already has, else "message" and
// "load"; without, the first of those that the kernel counted.
void take_window(Run& run, const Window& window);

// With the comparisons of its arms (analysis/compare.hpp), which are computed as it is written and
// not read. What is not UTF-8 is written as valid_utf8() of it (analysis/printable.hpp).
std::string to_json(const Recording& recording);
// Throws Error, one line that names `source` and what is wrong: not JSON (and whether it seems cut
// short), not a recording, another major schema, a field of another type.
Recording from_json(std::string_view text, std::string_view source);

Recording load_recording(const std::filesystem::path& file);
// Throws Error now when `file` could not be written at the end; leaves an existing file as it is.
void check_writable(const std::filesystem::path& file);
// All or nothing: writes beside `file`, then renames. A device or a pipe is written to as it is.
void save_text(std::string_view text, const std::filesystem::path& file);
void save_recording(const Recording& recording, const std::filesystem::path& file);

}  // namespace msgstat::analysis
