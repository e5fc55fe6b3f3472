#include "tests/unit/recording_fixture.hpp"

namespace fixture {

using namespace msgstat;
using namespace msgstat::analysis;

namespace {

// Independent of each other, so that an exchange of two fields shows.
Run measured_run() {
  Run run;
  run.label = "thread";
  run.arm = "pinned";
  run.repeat = 2;
  run.target = {.kind = "model",
                .pids = {4711, 4712},
                .threads = 201,
                .command = {"/usr/bin/python3", "thread.py", "127.0.0.1", "0", "65536"},
                .cpus = "0"};
  run.load = Load{.connections = 200,
                  .message_bytes = 64,
                  .rate_per_s = 1e5,
                  .cpus = "1",
                  .asked = Asked{.connections = 201, .reason = "a limit"}};
  run.window = {.seconds = 5.000123456789, .measured = true};
  run.unit = Unit{.name = "message", .source = "load", .count = 163691, .uncertainty = 3};
  run.units = {{.name = "receive",
                .source = "sock:recv",
                .count = 163'702,
                .counted_by = "a tracepoint",
                .reason = {}},
               {.name = "f",
                .source = "uprobe:server:f",
                .count = {},
                .counted_by = {},
                .reason = "there is no f"}};
  run.cpu = CpuTime{.user_s = 0.1 + 0.2, .system_s = 2.5};
  run.counters = {{.name = "cycles",
                   .state = CounterState::kNotSupported,
                   .reason = "there is no hardware PMU here"},
                  {.name = "task-clock",
                   .state = CounterState::kCounted,
                   .value = 2.8e9,
                   .unit = "ns",
                   .running = 1},
                  {.name = "context-switches",
                   .state = CounterState::kScaled,
                   .value = 163700.5,
                   .running = 0.75}};
  run.syscalls = {{.name = "recvfrom",
                   .calls = 327382,
                   .errors = 163691,
                   .errors_by_name = {{"EAGAIN", 163690}, {"ECONNRESET", 1}},
                   .time = SyscallTime{.calls = 327380,
                                       .total_ns = 981'000'000,
                                       .p50_ns = 1504,
                                       .p90_ns = 2016.5,
                                       .p99_ns = 9984,
                                       .p99_9_ns = 70'656,
                                       .max_ns = 1'234'567}},
                  {.name = "sendto", .calls = 163690},
                  {.name = "compat32:write", .calls = 1}};
  run.by_thread = {
      {.pid = 4711,
       .tid = 4712,
       .name = "worker",
       .started_ns = 48,
       .cpu_ns = 49,
       .events =
           {{.name = "page-faults", .state = CounterState::kCounted, .value = 50, .running = 1}},
       .syscalls = {{.name = "sendto", .calls = 51, .errors = 52, .time_ns = 53}}}};
  run.uring = {{.operation = "SEND", .entries = 163689}, {.operation = "RECV", .entries = 23}};
  run.latency_us = LatencyUs{.p50 = 1.5, .p90 = 2.5, .p99 = 3.5, .p99_9 = 4.5, .max = 5.5};
  run.fairness = Fairness{.min = 801, .median = 818.5, .max = 840};
  run.loss = Loss{.map_full = 1,
                  .untimed = 6,
                  .unplaced_calls = 7,
                  .unplaced_stints = 8,
                  .programs_missed = 2,
                  .in_flight_open = 199,
                  .in_flight_close = 198,
                  .on_cpu_open = 4,
                  .on_cpu_close = 5};
  run.observer =
      ObserverCost{.bpf_runs = 491073, .bpf_ns = 40e6, .sampled_s = 0.05, .cpu_percent = 0.8};
  run.blind_spots = {"io_uring is in use"};
  run.futex = FutexUse{
      .calls = 101,
      .words_seen = 2,
      .words = {{.pid = 4711,
                 .address = 18446744073709551612U,
                 .place = {.kind = "symbol",
                           .module = "/usr/bin/python3.11",
                           .symbol = "_PyRuntime",
                           .symbol_bytes = 1000,
                           .offset = 424},
                 .lock = "CPython GIL",
                 .calls = {{"WAIT_BITSET", 60}, {"WAKE", 41}},
                 .shared = 1,
                 .woken = 2,
                 .changed = 3,
                 .timed_out = 4,
                 .interrupted = 5,
                 .wait_failed = 6,
                 .woke_none = 7,
                 .woke_one = 8,
                 .woke_many = 9,
                 .wake_failed = 10,
                 .threads_woken_at_once = 11,
                 .sleeps = 12,
                 .sleep_ns = 13,
                 .sleep_slots = {{.from_ns = 14, .count = 15}},
                 .hand_offs = 16,
                 .cross_cpu_hand_offs = 17,
                 .waiters = 18,
                 .wakers = 19,
                 .owner = 4712,
                 .owner_name = "worker",
                 .sites = {{.call = "WAIT_BITSET",
                            .samples = 48,
                            .calls = 49,
                            .asleep_ns = 50,
                            .frames = {{.function = "take_gil", .file = "/usr/bin/p", .offset = 51},
                                       {.function = "serve", .file = "/a.py", .line = 52}}}}}},
      .hand_offs =
          {{.pid = 4711, .address = 20, .waker = 21, .waiter = 22, .count = 23, .cross_cpu = 24}},
      .calls_without_word = 25,
      .hand_offs_untold = 26,
      .other_abi = 27,
      .stacks = {.samples = 53, .lost = 54, .cost_ns = 55}};
  const TimeByMode time{.user_ns = 28,
                        .kernel_ns = 29,
                        .runnable_ns = 30,
                        .blocked_ns = 31,
                        .unknown_ns = 32,
                        .voluntary = 33,
                        .involuntary = 34,
                        .involuntary_by_target = 58,
                        .migrations = 35,
                        .wakeups = 36,
                        .wakeup_ns = 37};
  run.sched = SchedulerUse{
      .threads_seen = 38,
      .whole_ns = 39,
      .total = time,
      .remainder_ns = -40,
      .calls = {{.name = "futex", .kernel_ns = 41, .blocked_ns = 42, .runnable_ns = 43}},
      .threads = {{.pid = 4711,
                   .tid = 4712,
                   .name = "worker",
                   .time = time,
                   .blocked = {{.call = "recvfrom", .ns = 44}}}},
      .wakeup_slots = {{.from_ns = 45, .count = 46}},
      .sites = {{.call = "recvfrom", .samples = 56, .calls = 0, .asleep_ns = 57, .frames = {}}},
      .threads_lost = 47};
  run.findings = {{.id = "gil-convoy",
                   .severity = "high",
                   .title = "handed around",
                   .evidence = {{"futex_calls_per_message", 8.125}},
                   .why = "because",
                   .where = {"WAIT 62 %: serve at a.py:52"},
                   .try_this = {"taskset -acp 0 PID"}}};
  run.memory_bytes_per_connection = 8192.25;
  return run;
}

}  // namespace

Recording small_recording() {
  Recording recording;
  recording.host = {.kernel = "6.18.0",
                    .arch = "x86_64",
                    .cpus = 2,
                    .pmu = "amd64_fam19h_zen4",
                    .virtualized = "kvm"};
  recording.command = {"msgstat", "bench", "thread", "-o", "a file.json"};
  recording.seed = 18446744073709551615U;
  recording.suite = "a suite";
  recording.runs = {measured_run()};
  recording.skipped = {{.label = "uvloop", .arm = "free", .reason = "python3-uvloop is missing"}};
  recording.unfinished = "ended by SIGINT";
  return recording;
}

}  // namespace fixture
