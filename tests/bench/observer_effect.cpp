// What measuring costs a server: messages/s of one cpp_epoll process with nothing armed, with an
// empty program on the hook, and in windows of level `counts`. Rounds of all three in random order
// on the same process and connections; each round gives one ratio to its own bare window.
#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include <fmt/format.h>

#include "analysis/stats/difference.hpp"
#include "analysis/stats/summary.hpp"
#include "cli/interrupt.hpp"
#include "tests/bench/empty_hook.hpp"
#include "tests/bench/loaded_server.hpp"
#include "tests/support/paths.hpp"
#include "tracer/agent/client.hpp"

namespace {

using namespace msgstat;

// A server with the agent in it, under load.
struct Rig {
  cli::Interrupt interrupt;
  tracer::AgentClient agent{support::build_directory() / "libexec/msgstat/libmsgstat-agent.so", {}};
  bench::LoadedServer server{
      "cpp_epoll",
      {(support::build_directory() / "libexec/msgstat/models/cpp_epoll").string()},
      {},
      interrupt,
      &agent};

  Rig() { agent.wait_until_ready(); }
  double messages_per_s() { return server.measure().messages_per_s; }
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
          rig.agent.open(rig.server.messages_location());
          const double rate = rig.messages_per_s();
          rig.agent.close();
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
  fmt::print("{} rounds, each of the three in random order\n", rates[0].size());
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
