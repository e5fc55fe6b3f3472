#include "servers/load/generator.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "servers/load/coordinator.hpp"
#include "servers/load/descriptors.hpp"

namespace load {
namespace {

constexpr std::size_t kMostMessageBytes = std::size_t{1} << 30;
constexpr unsigned kMostThreads = 256;

void check(const Options& options) {
  const auto refuse_if = [](bool wrong, const char* why) {
    if (wrong) throw OptionsError(why);
  };
  refuse_if(options.port == 0, "port 0 cannot be connected to");
  refuse_if(options.connections == 0, "a load needs at least one connection");
  refuse_if(options.message_bytes == 0, "a message needs at least one byte");
  refuse_if(options.message_bytes > kMostMessageBytes, "a message may have 1 GiB at most");
  refuse_if(options.rate_per_s && !(*options.rate_per_s > 0 && std::isfinite(*options.rate_per_s)),
            "a rate must be above zero");
  refuse_if(options.timeout <= options.timeout.zero(), "a timeout must be above zero");
  refuse_if(options.threads == 0 || options.threads > kMostThreads,
            "the load needs 1 to 256 threads");
  refuse_if(options.processes && (*options.processes == 0 || *options.processes > kMostProcesses),
            "the load needs 1 to 64 processes");
  refuse_if(options.messages_per_connection == 0U, "a connection needs at least one message");
}

}  // namespace

Result run(const Options& options, int stop_fd) {
  check(options);
  const Destination destination(options.host, options.port);
  if (const std::size_t most = destination.most_connections(); options.connections > most)
    throw OptionsError(fmt::format(
        "{} connections are more than there are local ports for: at most {} to one address",
        options.connections, most));
  const std::size_t processes = plan_processes(options, raise_descriptor_limit());
  const std::size_t threads = std::min(processes * options.threads, options.connections);

  const FileDescriptor own_file = options.publish_fd ? FileDescriptor() : make_published_file();
  const int file = options.publish_fd.value_or(own_file.get());
  Publisher publisher(file, {threads, options.connections, options.message_bytes});
  try {
    const Messages messages(options.message_bytes);
    const Gates gates;
    const Plan plan{options, destination, messages, publisher, gates};
    const auto counts = PublishedCounts::open(file);
    return Coordinator(plan, publisher, counts.value(), stop_fd).run(processes);
  } catch (const std::exception& error) {
    publisher.fail(error.what());
    throw;
  }
}

}  // namespace load
