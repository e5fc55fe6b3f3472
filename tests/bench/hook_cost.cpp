// What each way of counting adds to a system call that does nothing else: getppid.
//
// All ways take turns in random order, a fresh one each time. Google Benchmark times; the table has
// the medians over the turns and, in brackets, the quartiles, less the median of the calls that
// nobody counts. What runs in the caller's kernel time is held against each other by CPU time,
// which other programs on the machine do not lengthen; a tracer that stops the caller shows in what
// elapses.
#include <benchmark/benchmark.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/bench/watchers.hpp"

namespace {

constexpr int kTurns = 15;

void call(benchmark::State& state, const bench::Way& way) {
  try {
    const auto armed = way.arm();
    for (int i = 0; i < way.calls / 10; ++i) ::syscall(SYS_getppid);
    for ([[maybe_unused]] auto turn : state) ::syscall(SYS_getppid);
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
  }
}

double quantile(const std::vector<double>& sorted, double at) {
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<std::size_t>(std::lround(at * last))];
}

struct Times {
  std::vector<double> cpu_ns;
  std::vector<double> elapsed_ns;
  std::string reason;  // why there are none
};

class AddedCost : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }

  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      Times& times = times_[run.run_name.function_name];
      if (run.error_occurred) {
        times.reason = run.error_message;
        continue;
      }
      times.cpu_ns.push_back(run.GetAdjustedCPUTime());
      times.elapsed_ns.push_back(run.GetAdjustedRealTime());
    }
  }

  void Finalize() override {
    for (auto& [name, times] : times_) {
      std::sort(times.cpu_ns.begin(), times.cpu_ns.end());
      std::sort(times.elapsed_ns.begin(), times.elapsed_ns.end());
    }
    fmt::print("{:<44} {:>20} {:>8} {:>8} {:>10} {:>10}\n", "ns a getppid", "CPU time", "/ empty",
               "/ perf", "/ syscount", "elapsed");
    for (const bench::Way& way : bench::ways()) print(way);
    fmt::print("median [quartiles] of {} turns of each, in random order; + is what it adds\n",
               kTurns);
  }

 private:
  void print(const bench::Way& way) {
    const Times& times = times_[way.name];
    const Times& base = times_[bench::kNothing];
    if (times.cpu_ns.empty() || base.cpu_ns.empty()) {
      fmt::print("{:<44} not run: {}\n", way.name, times.reason);
      return;
    }
    const bool is_base = &times == &base;
    const double less = is_base ? 0 : quantile(base.cpu_ns, .5);
    const auto cpu = [&](double at) { return quantile(times.cpu_ns, at) - less; };
    fmt::print(
        "{:<44} {:>20}", way.name,
        fmt::format("{}{:.0f} [{:.0f}, {:.0f}]", is_base ? "" : "+", cpu(.5), cpu(.25), cpu(.75)));
    if (is_base) {
      fmt::print(" {:>8} {:>8} {:>10} {:>10.0f}\n", "", "", "", quantile(times.elapsed_ns, .5));
      return;
    }
    fmt::print(" {:>8} {:>8} {:>10} {:>+10.0f}\n", ratio(cpu(.5), bench::kEmpty),
               ratio(cpu(.5), bench::kClassic), ratio(cpu(.5), bench::kSyscount),
               quantile(times.elapsed_ns, .5) - quantile(base.elapsed_ns, .5));
  }

  std::string ratio(double added, const char* to) {
    const Times& times = times_[to];
    if (times.cpu_ns.empty()) return "-";
    return fmt::format("{:.2f}", added / (quantile(times.cpu_ns, .5) -
                                          quantile(times_[bench::kNothing].cpu_ns, .5)));
  }

  std::map<std::string, Times> times_;
};

}  // namespace

int main(int argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc);
  std::string interleaved = "--benchmark_enable_random_interleaving=true";
  arguments.insert(arguments.begin() + 1, interleaved.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  for (const bench::Way& way : bench::ways())
    benchmark::RegisterBenchmark(way.name, [&way](benchmark::State& state) { call(state, way); })
        ->Iterations(way.calls)
        ->Repetitions(kTurns)
        ->UseRealTime();
  AddedCost reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}
