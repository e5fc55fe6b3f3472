// How fast the native models are: beside libuv, libevent and Asio doing the same work, and beside
// the floor, one recv and one send a message with nothing else in the loop (programs/floor.cpp).
// And whether the load generator is what is measured: its CPU time a message beside the server's.
//
// server_speed [ROUNDS]. In a round each server runs once, a fresh process, in random order; a
// ratio is of the pairs that the rounds make (Student's paired t on the logarithms).
#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "analysis/stats/difference.hpp"
#include "analysis/stats/summary.hpp"
#include "servers/catalog.hpp"
#include "tests/bench/loaded_server.hpp"
#include "tests/support/paths.hpp"
#include "tracer/error.hpp"

namespace {

using namespace msgstat;

constexpr int kRounds = 12;
constexpr const char* kFloor = "floor";
const std::vector<std::string> kOurs = {"cpp_epoll", "cpp_uring", "cpp_reuseport"};
const std::vector<std::string> kTheirs = {"libuv", "libevent", "cpp_coro"};

using Rounds = std::map<std::string, std::vector<bench::Speed>>;

std::filesystem::path models() { return support::build_directory() / "libexec/msgstat/models"; }

// Those that are built here, the floor first.
std::vector<std::string> choose_servers() {
  std::vector<std::string> names = {kFloor};
  for (const auto* group : {&kOurs, &kTheirs})
    for (const std::string& name : *group) {
      const servers::Model* model = servers::find_model(name);
      if (model != nullptr && !servers::missing(*model, models()))
        names.push_back(name);
      else
        fmt::print("{} is not built here and is left out\n", name);
    }
  return names;
}

bench::Speed measure(const std::string& name, const cli::Interrupt& interrupt) {
  if (name == kFloor)
    return bench::LoadedServer(
               name, {(support::build_directory() / "tests/bench/programs/floor").string()},
               {{"FLOOR_CONNECTIONS", std::to_string(bench::LoadedServer::kConnections)}},
               interrupt)
        .measure();
  return bench::LoadedServer(name, {(models() / name).string()}, {}, interrupt).measure();
}

std::vector<double> logs(const std::vector<bench::Speed>& rounds, double bench::Speed::*of) {
  std::vector<double> values;
  values.reserve(rounds.size());
  for (const bench::Speed& speed : rounds) values.push_back(std::log(speed.*of));
  return values;
}

double mean(const std::vector<bench::Speed>& rounds, double bench::Speed::*of) {
  std::vector<double> values;
  values.reserve(rounds.size());
  for (const bench::Speed& speed : rounds) values.push_back(speed.*of);
  return analysis::stats::summarize(values)->mean;
}

// "1.07 [1.05, 1.09]"
std::string ratio(const std::vector<double>& over_logs, const std::vector<double>& under_logs) {
  const auto difference = analysis::stats::paired_difference(under_logs, over_logs);
  if (!difference) return fmt::format("{:.2f}", std::exp(over_logs[0] - under_logs[0]));
  return fmt::format("{:.2f} [{:.2f}, {:.2f}]", std::exp(difference->mean),
                     std::exp(difference->low), std::exp(difference->high));
}

void print_servers(const std::vector<std::string>& names, const Rounds& rounds) {
  using bench::Speed;
  fmt::print("\n{:<14} {:>9} {:>11} {:>20} {:>9} {:>11} {:>9}\n", "server", "k msg/s", "CPU us/msg",
             "x floor [95 %]", "busy", "load us/msg", "load busy");
  for (const std::string& name : names) {
    const auto& of = rounds.at(name);
    fmt::print("{:<14} {:>9.1f} {:>11.2f} {:>20} {:>7.0f} % {:>11.2f} {:>7.0f} %\n", name,
               mean(of, &Speed::messages_per_s) / 1e3, mean(of, &Speed::server_us),
               ratio(logs(of, &Speed::server_us), logs(rounds.at(kFloor), &Speed::server_us)),
               mean(of, &Speed::server_busy) * 100, mean(of, &Speed::load_us),
               mean(of, &Speed::load_busy) * 100);
  }
}

void print_pairs(const std::vector<std::string>& names, const Rounds& rounds) {
  using bench::Speed;
  const auto is_there = [&names](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  fmt::print("\n{:<30} {:>26} {:>26}\n", "ratio [95 %]", "messages/s", "CPU a message");
  for (const std::string& ours : kOurs)
    for (const std::string& theirs : kTheirs) {
      if (!is_there(ours) || !is_there(theirs)) continue;
      const auto& over = rounds.at(ours);
      const auto& under = rounds.at(theirs);
      fmt::print("{:<30} {:>26} {:>26}\n", fmt::format("{} / {}", ours, theirs),
                 ratio(logs(over, &Speed::messages_per_s), logs(under, &Speed::messages_per_s)),
                 ratio(logs(over, &Speed::server_us), logs(under, &Speed::server_us)));
    }
}

// What the generator could do with all of its CPU over what the server could with all of its own.
void print_load(const std::vector<std::string>& names, const Rounds& rounds) {
  using bench::Speed;
  fmt::print("\n{:<30} {:>26}\n", "the load generator against", "its messages/s over theirs");
  for (const std::string& name : names) {
    const auto& of = rounds.at(name);
    fmt::print("{:<30} {:>26}\n", name,
               ratio(logs(of, &Speed::server_us), logs(of, &Speed::load_us)));
  }
  fmt::print("each a CPU of its own, by the CPU time that a message takes in either\n");
}

int run(int count) {
  const cli::Interrupt interrupt;
  const std::vector<std::string> names = choose_servers();
  std::mt19937 random(std::random_device{}());
  Rounds rounds;
  for (int round = 0; round < count; ++round) {
    std::vector<std::string> order = names;
    std::shuffle(order.begin(), order.end(), random);
    for (const std::string& name : order) rounds[name].push_back(measure(name, interrupt));
  }
  fmt::print("{} connections, 64 bytes, {} rounds in random order\n",
             int{bench::LoadedServer::kConnections}, count);
  print_servers(names, rounds);
  print_pairs(names, rounds);
  print_load(names, rounds);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  int rounds = kRounds;
  if (argc > 1 && argv[1][0] != '-') {
    const std::string_view text = argv[1];
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rounds);
    if (error != std::errc{} || end != text.data() + text.size() || rounds < 1) {
      fmt::print(stderr, "server_speed: '{}' is no number of rounds\n", text);
      return 2;
    }
  }
  try {
    return run(rounds);
  } catch (const std::exception& error) {
    fmt::print(stderr, "server_speed: {}\n", error.what());
    return 1;
  }
}
