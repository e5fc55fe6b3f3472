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

constexpr std::size_t kMostProcesses = 64;
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
  const std::size_t least =
      room == 0 ? kMostProcesses + 1 : (options.connections + room - 1) / room;
  const std::size_t processes = options.processes.value_or(static_cast<unsigned>(least));
  if (processes < least)
    throw OptionsError(fmt::format(
        "{} connections need more descriptors than {} process{} may open: room for {} each",
        options.connections, processes, processes == 1 ? "" : "es", room));
  if (processes > kMostProcesses)
    throw OptionsError(
        fmt::format("{} connections need more descriptors than {} processes may open: room for {} "
                    "each (ulimit -Hn)",
                    options.connections, kMostProcesses, room));
  return static_cast<unsigned>(processes);
}

}  // namespace load
