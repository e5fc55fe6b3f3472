// What one case of the bench is run with, and the one table of what can be set: by an option of the
// command line for all cases, or by an arm for its own. Values; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "servers/catalog.hpp"
#include "tracer/target/cpu_list.hpp"
#include "tracer/window.hpp"

namespace msgstat::cli {

// More connections were asked for than can be.
struct AskedConnections {
  std::uint64_t connections = 0;
  std::string reason;  // "a process may open 20,000 descriptors here (ulimit -Hn)"
  bool operator==(const AskedConnections&) const = default;
};

struct Settings {
  const servers::Model* model = nullptr;
  std::uint64_t connections = 200;
  std::optional<AskedConnections> asked;  // absent: `connections` were asked for
  std::uint64_t message_bytes = 64;
  std::uint64_t buffer_bytes = 4096;  // the server reads at most so much at a time
  std::optional<double> rate_per_s;   // over all connections; absent: closed loop
  std::chrono::nanoseconds duration = std::chrono::seconds(5);
  std::chrono::nanoseconds warmup = std::chrono::seconds(1);
  unsigned load_threads = 1;
  Level level = Level::kCounts;
  tracer::CpuList server_cpus;  // empty: all
  tracer::CpuList client_cpus;
  std::vector<std::pair<std::string, std::string>> environment;  // of the server
  bool operator==(const Settings&) const = default;
};

struct Setting {
  std::string_view key;    // "server-cpus": the option --server-cpus, and the arm's key
  std::string_view value;  // what its value is: "LIST"
  std::string_view standard;
  std::string_view help;
  // Throws UsageError for a value that makes no sense.
  void (*apply)(Settings& settings, std::string_view value);
};
std::span<const Setting> settings_table();

// `key` is one of the table, "model", or "env.NAME". Throws UsageError.
void apply(Settings& settings, std::string_view key, std::string_view value);

struct Arm {
  std::string name;
  std::vector<std::pair<std::string, std::string>> changes;  // key and value
};
// "free", "pinned:server-cpus=0", "big:size=4096:env.MALLOC_ARENA_MAX=1". A colon begins the next
// key only where one follows, so that values may have colons. Throws UsageError.
Arm parse_arm(std::string_view text);

// Lowers the connections to what the model can have: by its own limit, and by that of descriptors.
void limit_connections(Settings& settings);

}  // namespace msgstat::cli
