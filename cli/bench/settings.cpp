#include "cli/bench/settings.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "cli/level.hpp"
#include "tracer/error.hpp"

namespace msgstat::cli {
namespace {

template <typename Number>
Number parse_number(std::string_view key, std::string_view text, Number least, Number most) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !(number >= least) ||
      !(number <= most))
    throw UsageError(
        fmt::format("--{} takes a number from {} to {}, not '{}'", key, least, most, text));
  return number;
}

std::chrono::nanoseconds parse_seconds(std::string_view key, std::string_view text, double least) {
  constexpr double kMost = 86'400;
  return std::chrono::nanoseconds(std::llround(parse_number(key, text, least, kMost) * 1e9));
}

constexpr std::uint64_t kMostConnections = 1'000'000;
constexpr std::uint64_t kMostBytes = 1U << 30U;

constexpr std::array kTable = {
    Setting{"connections", "N", "200", "connections, each with one message in flight",
            [](Settings& s, std::string_view v) {
              s.connections = parse_number<std::uint64_t>("connections", v, 1, kMostConnections);
            }},
    Setting{"size", "BYTES", "64", "size of a message",
            [](Settings& s, std::string_view v) {
              s.message_bytes = parse_number<std::uint64_t>("size", v, 1, kMostBytes);
            }},
    Setting{"buffer", "BYTES", "4096", "size of the server's receive buffer",
            [](Settings& s, std::string_view v) {
              s.buffer_bytes = parse_number<std::uint64_t>("buffer", v, 1, kMostBytes);
            }},
    Setting{
        "duration", "SECONDS", "5", "length of the measured window, and of the bare ones together",
        [](Settings& s, std::string_view v) { s.duration = parse_seconds("duration", v, .01); }},
    Setting{"warmup", "SECONDS", "1", "full load before the first window",
            [](Settings& s, std::string_view v) { s.warmup = parse_seconds("warmup", v, 0); }},
    Setting{"rate", "N", "0", "messages a second over all connections; 0: each as soon as it can",
            [](Settings& s, std::string_view v) {
              const double rate = parse_number("rate", v, 0.0, 1e9);
              s.rate_per_s = rate > 0 ? std::optional(rate) : std::nullopt;
            }},
    Setting{"load-threads", "N", "1", "threads of the load generator",
            [](Settings& s, std::string_view v) {
              s.load_threads = parse_number<unsigned>("load-threads", v, 1, 256);
            }},
    Setting{"level", "LEVEL", "counts",
            "what is collected: counts, latency (time in each call), or explain (futexes and the "
            "scheduler)",
            [](Settings& s, std::string_view v) { s.level = parse_level(v); }},
    Setting{"server-cpus", "LIST", "all", "CPUs that the server may use",
            [](Settings& s, std::string_view v) { s.server_cpus = tracer::parse_cpu_list(v); }},
    Setting{"client-cpus", "LIST", "all", "CPUs that the load generator may use",
            [](Settings& s, std::string_view v) { s.client_cpus = tracer::parse_cpu_list(v); }},
};

std::string known_keys() {
  std::string keys = "model, env.NAME";
  for (const Setting& setting : kTable) keys += fmt::format(", {}", setting.key);
  return keys;
}

constexpr std::string_view kEnvironment = "env.";

bool is_key(std::string_view key) {
  return key == "model" || key.starts_with(kEnvironment) ||
         std::any_of(kTable.begin(), kTable.end(),
                     [key](const Setting& setting) { return setting.key == key; });
}

// Where the '=' is that ends a key of that form which begins at `begin`: "server-cpus=",
// "env.NAME=".
std::size_t find_equals(std::string_view text, std::size_t begin) {
  constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view kKey = "abcdefghijklmnopqrstuvwxyz-";
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
  constexpr std::string_view kName =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
  const bool is_variable = text.substr(begin).starts_with(kEnvironment);
  if (is_variable) begin += kEnvironment.size();
  if (text.find_first_of(is_variable ? kLetters : kLower, begin) != begin) return text.npos;
  const std::size_t end = text.find_first_not_of(is_variable ? kName : kKey, begin);
  return end != text.npos && text[end] == '=' ? end : text.npos;
}

}  // namespace

std::span<const Setting> settings_table() { return kTable; }

void apply(Settings& settings, std::string_view key, std::string_view value) {
  if (key.starts_with(kEnvironment)) {
    settings.environment.emplace_back(key.substr(kEnvironment.size()), value);
    return;
  }
  if (key == "model") {
    settings.model = servers::find_model(value);
    if (settings.model == nullptr)
      throw UsageError(fmt::format("there is no model '{}'", value),
                       "msgstat list models shows those there are");
    return;
  }
  for (const Setting& setting : kTable) {
    if (setting.key != key) continue;
    setting.apply(settings, value);
    return;
  }
  throw UsageError(fmt::format("an arm cannot set '{}'", key), "it can set " + known_keys());
}

Arm parse_arm(std::string_view text) {
  const std::string all(text);
  Arm arm{.name = all.substr(0, all.find(':')), .changes = {}};
  if (arm.name.empty() || arm.name.find('=') != std::string::npos)
    throw UsageError(fmt::format("'{}' is no arm", text),
                     "write NAME or NAME:KEY=VALUE, as in pinned:server-cpus=0");
  std::size_t value_start = std::string::npos;
  const auto finish_value = [&](std::size_t end) {
    if (value_start != std::string::npos)
      arm.changes.back().second = all.substr(value_start, end - value_start);
  };
  for (std::size_t colon = arm.name.size(); colon < all.size(); colon = all.find(':', colon)) {
    const std::size_t start = colon++;
    const std::size_t equals = find_equals(all, colon);
    if (equals == std::string::npos) continue;
    const std::string key = all.substr(colon, equals - colon);
    colon = equals + 1;
    if (value_start != std::string::npos && !is_key(key)) continue;
    finish_value(start);
    arm.changes.emplace_back(key, "");
    value_start = equals + 1;
  }
  finish_value(all.size());
  if (arm.changes.empty() && arm.name.size() != all.size())
    throw UsageError(fmt::format("'{}' sets nothing in arm {}", text, arm.name),
                     "write NAME:KEY=VALUE");
  Settings tried;
  for (const auto& [key, value] : arm.changes) apply(tried, key, value);
  return arm;
}

void limit_connections(Settings& settings) {
  // The server's own: what it listens and waits with, files of its runtime.
  constexpr std::uint64_t kReserve = 64;
  const auto lower_to = [&settings](std::uint64_t most, std::string reason) {
    if (settings.connections <= most) return;
    const std::uint64_t asked = settings.asked ? settings.asked->connections : settings.connections;
    settings.asked = AskedConnections{.connections = asked, .reason = std::move(reason)};
    settings.connections = most;
  };
  rlimit limit{};
  check(::getrlimit(RLIMIT_NOFILE, &limit), "read the limit of descriptors");
  lower_to(limit.rlim_max > kReserve ? limit.rlim_max - kReserve : 1,
           fmt::format("the server may open {} descriptors, ulimit -Hn", limit.rlim_max));
  if (settings.model->max_connections)
    lower_to(*settings.model->max_connections, "the model takes no more");
}

}  // namespace msgstat::cli
