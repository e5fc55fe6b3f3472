// What asking why costs: the messages/s of CPython's threads and the hand-offs/s of a storm of
// futex calls, with nothing armed, under msgstat explain, and under the tools that tell a part of
// it. Each round has all of them once, in random order, on the same two processes.
//
//   explain_cost [ROUNDS [TOOL...]]   10 rounds; only tools whose names begin so
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "analysis/stats/difference.hpp"
#include "analysis/stats/summary.hpp"
#include "cli/interrupt.hpp"
#include "tests/bench/empty_hook.hpp"
#include "tests/bench/loaded_server.hpp"
#include "tests/support/descriptor.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tracer/error.hpp"

namespace {

using namespace msgstat;
using Words = std::vector<std::string>;

constexpr auto kArm = std::chrono::milliseconds(2000);  // perf trace takes as long to attach
constexpr auto kWindow = std::chrono::milliseconds(700);

struct Tool {
  const char* name;
  const char* gives;
  // Empty: nothing. Null: empty programs on the hooks of level explain.
  Words (*command)(const std::string& pid, const std::string& file);
};

const Tool kTools[] = {
    {"nothing", "", [](const std::string&, const std::string&) { return Words{}; }},
    {"empty programs on its hooks", "nothing: the floor", nullptr},
    {"msgstat explain", "words, owners, hand-offs, results, sites, time by mode and call",
     [](const std::string& pid, const std::string&) {
       return Words{support::msgstat(), "explain", "-p", pid, "--duration", "3600"};
     }},
    {"msgstat stat", "calls and events, events on threads",
     [](const std::string& pid, const std::string&) {
       return Words{support::msgstat(), "stat", "-p", pid, "--timeout", "3600000"};
     }},
    {"perf stat", "events, on threads",
     [](const std::string& pid, const std::string&) {
       return Words{"perf", "stat", "-e", "task-clock,context-switches,cpu-migrations,page-faults",
                    "-p",   pid};
     }},
    {"perf trace -s", "calls and their times",
     [](const std::string& pid, const std::string& file) {
       return Words{"perf", "trace", "-s", "-o", file, "-p", pid};
     }},
    {"perf sched record", "switches and wake-ups, to be read later",
     [](const std::string&, const std::string& file) {
       return Words{"perf", "sched", "record", "-q", "-o", file, "--", "sleep", "3600"};
     }},
    {"strace -f -c", "calls and their times",
     [](const std::string& pid, const std::string&) {
       return Words{"strace", "-f", "-c", "-o", "/dev/null", "-p", pid};
     }},
    {"offcputime (libbpf-tools)", "time off the CPU by stack",
     [](const std::string& pid, const std::string&) {
       return Words{"offcputime", "-p", pid, "3600"};
     }},
    {"bpftrace, futex calls by word", "calls by word and operation",
     [](const std::string& pid, const std::string&) {
       return Words{"bpftrace", "-e",
                    "tracepoint:syscalls:sys_enter_futex /pid == " + pid +
                        "/ { @[args->uaddr, args->op] = count(); }"};
     }},
};

// With nothing, to which the others are held.
std::vector<Tool> choose(const Words& names) {
  std::vector<Tool> chosen;
  for (const Tool& tool : kTools)
    if (names.empty() || &tool == &kTools[0] ||
        std::ranges::any_of(names, [&tool](const std::string& name) {
          return std::string_view(tool.name).starts_with(name);
        }))
      chosen.push_back(tool);
  return chosen;
}

// Armed for as long as it lives. What it prints is thrown away.
class Armed {
 public:
  Armed(const Tool& tool, pid_t pid) {
    if (tool.command == nullptr) {
      floor_.emplace(bench::EmptyHook::Of::kExplain);
    } else if (const Words words = tool.command(std::to_string(pid), directory_ / "data");
               !words.empty()) {
      child_.emplace(words);
    }
    std::this_thread::sleep_for(kArm);
    if (child_ && !child_->running())
      throw Error(std::string(tool.name) + " has ended: " + child_->wait().err);
  }
  ~Armed() {
    if (!child_) return;
    child_->send_signal(SIGINT);
    try {
      child_->wait();
    } catch (const std::exception& error) {
      fmt::print(stderr, "explain_cost: {}\n", error.what());
    }
  }
  Armed(const Armed&) = delete;
  Armed& operator=(const Armed&) = delete;

 private:
  support::TemporaryDirectory directory_;
  std::optional<bench::EmptyHook> floor_;
  std::optional<support::Child> child_;
};

class Storm {
 public:
  Storm()
      : file_(directory_ / "done"),
        child_({(support::build_directory() / "tests/bench/programs/storm").string(), file_}) {
    while (!std::filesystem::exists(file_) || std::filesystem::file_size(file_) < sizeof(Count))
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    const support::Descriptor fd(::open(file_.c_str(), O_RDONLY | O_CLOEXEC));
    void* mapped = ::mmap(nullptr, sizeof(Count), PROT_READ, MAP_SHARED, fd.get(), 0);
    if (mapped == MAP_FAILED) throw Error("map " + file_, {}, errno);
    done_ = static_cast<Count*>(mapped);
  }
  ~Storm() { ::munmap(done_, sizeof(Count)); }
  Storm(const Storm&) = delete;
  Storm& operator=(const Storm&) = delete;

  [[nodiscard]] pid_t pid() const { return child_.pid(); }
  [[nodiscard]] double measure() const {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    const std::uint64_t before = done_->load();
    std::this_thread::sleep_for(kWindow);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return static_cast<double>(done_->load() - before) / seconds;
  }

 private:
  using Count = std::atomic<std::uint64_t>;
  support::TemporaryDirectory directory_;
  std::string file_;
  support::Child child_;
  Count* done_ = nullptr;
};

using Rates = std::vector<std::vector<double>>;  // by arm

void print(const char* what, const std::vector<Tool>& tools, const Rates& rates) {
  fmt::print("{:<32} {:>10} {:>10} {:>18}   {}\n", what, "mean", "of bare", "95 % interval",
             "gives");
  std::vector<std::vector<double>> logs(tools.size());
  for (std::size_t arm = 0; arm < tools.size(); ++arm) {
    for (const double rate : rates[arm]) logs[arm].push_back(std::log(std::max(rate, 1e-3)));
    fmt::print("{:<32} {:>10.0f}", tools[arm].name, analysis::stats::summarize(rates[arm])->mean);
    if (arm > 0) {
      const auto change = analysis::stats::paired_difference(logs[0], logs[arm]);
      fmt::print(" {:>10.3f} {:>8.3f} to {:>6.3f}   {}", std::exp(change->mean),
                 std::exp(change->low), std::exp(change->high), tools[arm].gives);
    }
    fmt::print("\n");
  }
  fmt::print("\n");
}

template <typename Measure>
Rates rounds(int count, const std::vector<Tool>& tools, pid_t pid, std::mt19937& random,
             Measure measure) {
  Rates rates(tools.size());
  std::vector<std::size_t> order(tools.size());
  std::iota(order.begin(), order.end(), 0U);
  for (int round = 0; round < count; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    for (const std::size_t arm : order) {
      const Armed armed(tools[arm], pid);
      rates[arm].push_back(measure());
    }
  }
  return rates;
}

int run(int count, const std::vector<Tool>& tools) {
  const cli::Interrupt interrupt;
  std::mt19937 random(std::random_device{}());
  {
    const auto script = support::source_directory() / "servers/python/echo_thread.py";
    bench::LoadedServer server("thread", {"/usr/bin/python3", script.string()}, {}, interrupt,
                               nullptr, bench::LoadedServer::Cpus::kAny);
    print("messages/s of the model thread", tools, rounds(count, tools, server.pid(), random, [&] {
            return server.measure().messages_per_s;
          }));
  }
  const Storm storm;
  print("hand-offs/s of a storm", tools,
        rounds(count, tools, storm.pid(), random, [&] { return storm.measure(); }));
  fmt::print("{} rounds, each of all in random order for {} ms\n", count, kWindow.count());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr int kRounds = 10;
  try {
    return run(argc > 1 ? std::stoi(argv[1]) : kRounds,
               choose(Words(argv + std::min(argc, 2), argv + argc)));
  } catch (const std::exception& error) {
    fmt::print(stderr, "explain_cost: {}\n", error.what());
    return 1;
  }
}
