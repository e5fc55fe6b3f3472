#include "servers/load/descriptors.hpp"

#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>

#include <fmt/format.h>

#include "servers/load/error.hpp"

namespace load {
namespace {

// An epoll set for each thread, the gates, and room for what libraries open.
constexpr std::size_t kReserve = 16;

}  // namespace

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    throw Error(fmt::format("cannot read the limit of descriptors: {}", std::strerror(errno)));
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
      throw Error(fmt::format("cannot raise the limit of descriptors: {}", std::strerror(errno)));
  }
  const auto open = static_cast<std::size_t>(std::distance(
      std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator()));
  return limit.rlim_cur > open ? limit.rlim_cur - open : 0;
}

unsigned plan_processes(const Options& options, std::size_t available) {
  const std::size_t reserve = kReserve + options.threads;
  const std::size_t room = available > reserve ? available - reserve : 0;
  const std::size_t processes = options.processes.value_or(kMostProcesses);
  if (options.connections > room * processes)
    throw OptionsError(fmt::format(
        "{} connections are more than there are descriptors for: at most {}, {} in each of {} "
        "process{}",
        options.connections, room * processes, room, processes, processes == 1 ? "" : "es"));
  const std::size_t least = (options.connections + room - 1) / room;
  return options.processes.value_or(static_cast<unsigned>(least));
}

}  // namespace load
