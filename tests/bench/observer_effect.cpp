// What measuring costs a server: messages/s of one cpp_epoll process with nothing armed, with an
// empty program on the hook, and in windows of level `counts`. Rounds of all three in random order
// on the same process and connections; each round gives one ratio to its own bare window.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "analysis/stats/difference.hpp"
#include "analysis/stats/summary.hpp"
#include "cli/bench/child_process.hpp"
#include "cli/bench/watch.hpp"
#include "cli/interrupt.hpp"
#include "servers/load/published.hpp"
#include "tests/bench/empty_hook.hpp"
#include "tests/support/paths.hpp"
#include "tracer/agent/client.hpp"
#include "tracer/error.hpp"
#include "tracer/target/cpu_list.hpp"

namespace {

using namespace msgstat;

constexpr auto kWindow = std::chrono::milliseconds(400);
constexpr auto kSettle = std::chrono::milliseconds(100);
constexpr auto kStart = std::chrono::seconds(30);

// A server with the agent in it, and the load generator against it.
class Rig {
 public:
  Rig()
      : published_(load::make_published_file()),
        agent_(support::build_directory() / "libexec/msgstat/libmsgstat-agent.so", {}),
        server_("the server",
                {(support::build_directory() / "libexec/msgstat/models/cpp_epoll").string(),
                 "127.0.0.1", "0", "4096"},
                {.environment = agent_.environment(),
                 .inherited_fds = {agent_.inherited_fd()},
                 .cpus = cpu(0)}) {
    agent_.wait_until_ready();
    load_.emplace(
        "the load generator",
        std::vector<std::string>{support::msgstat(), "load",
                                 fmt::format("--connect=127.0.0.1:{}", read_port()),
                                 fmt::format("--publish-fd={}", published_.get())},
        cli::ChildOptions{.environment = {}, .inherited_fds = {published_.get()}, .cpus = cpu(1)});
    pass(kStart, [this] {
      if (!counts_) counts_ = load::PublishedCounts::open(published_.get());
      return counts_ && counts_->state() == load::State::kSteady;
    });
  }

  void open() {
    const load::CounterLocation at = counts_->messages_location();
    agent_.open(UnitCounterLocation{
        .fd = published_.get(), .offset = at.offset, .stride = at.stride, .count = at.count});
  }
  void close() { agent_.close(); }

  double messages_per_s() {
    pass(kSettle, {});
    const load::Snapshot before = counts_->snapshot();
    pass(kWindow, {});
    const load::Snapshot after = counts_->snapshot();
    if (after.messages == before.messages)
      throw Error("not one message in a window: this machine has no CPU to spare");
    return load::between(before, after).messages_per_s();
  }

 private:
  static tracer::CpuList cpu(unsigned number) {
    return tracer::allowed_cpus(0).size() > 1 ? tracer::parse_cpu_list(std::to_string(number))
                                              : tracer::CpuList{};
  }

  std::string read_port() {
    std::string line;
    pass(kStart, [&] {
      line += server_.read_output();
      return line.ends_with('\n');
    });
    line.pop_back();
    return line;
  }

  // Until `reached`; without one, for all of `time`.
  void pass(std::chrono::nanoseconds time, const std::function<bool()>& reached) {
    std::vector<cli::ChildProcess*> children = {&server_};
    if (load_) children.push_back(&*load_);
    const cli::Wake wake = cli::wait(time, reached, children, interrupt_);
    if (wake == cli::Wake::kInterrupted) throw cli::Interrupted(interrupt_.signal());
    if (reached && wake == cli::Wake::kTimeout) throw Error("the server or its load do not start");
  }

  cli::Interrupt interrupt_;
  load::FileDescriptor published_;
  tracer::AgentClient agent_;
  cli::ChildProcess server_;
  std::optional<cli::ChildProcess> load_;
  std::optional<load::PublishedCounts> counts_;
};

struct Arm {
  const char* name;
  double (*measure)(Rig& rig);
};

constexpr std::array kArms = {
    Arm{"nothing armed", [](Rig& rig) { return rig.messages_per_s(); }},
    Arm{"an empty program on the hook",
        [](Rig& rig) {
          const bench::EmptyHook hook;
          return rig.messages_per_s();
        }},
    Arm{"a window of level counts",
        [](Rig& rig) {
          rig.open();
          const double rate = rig.messages_per_s();
          rig.close();
          return rate;
        }},
};

void print(const std::array<std::vector<double>, kArms.size()>& rates) {
  fmt::print("{:<32} {:>14} {:>10} {:>20}\n", "messages/s of cpp_epoll", "mean", "change",
             "95 % interval");
  std::array<std::vector<double>, kArms.size()> logs;
  for (std::size_t arm = 0; arm < kArms.size(); ++arm) {
    for (const double rate : rates[arm]) logs[arm].push_back(std::log(rate));
    const double mean = analysis::stats::summarize(rates[arm])->mean;
    fmt::print("{:<32} {:>14.0f}", kArms[arm].name, mean);
    if (arm > 0) {
      const auto change = analysis::stats::paired_difference(logs[0], logs[arm]);
      fmt::print(" {:>+8.1f} % {:>+8.1f} to {:>+5.1f} %", std::expm1(change->mean) * 100,
                 std::expm1(change->low) * 100, std::expm1(change->high) * 100);
    }
    fmt::print("\n");
  }
  fmt::print("{} rounds, each of the three in random order for {} ms\n", rates[0].size(),
             kWindow.count());
}

int run(int rounds) {
  Rig rig;
  std::mt19937 random(std::random_device{}());
  std::array<std::vector<double>, kArms.size()> rates;
  for (int round = 0; round < rounds; ++round) {
    std::array<std::size_t, kArms.size()> order = {0, 1, 2};
    std::shuffle(order.begin(), order.end(), random);
    for (const std::size_t arm : order) rates[arm].push_back(kArms[arm].measure(rig));
  }
  print(rates);
  return 0;
}

}  // namespace

int main() {
  constexpr int kRounds = 30;
  try {
    return run(kRounds);
  } catch (const std::exception& error) {
    fmt::print(stderr, "observer_effect: {}\n", error.what());
    return 1;
  }
}
