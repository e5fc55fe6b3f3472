#include "analysis/render/html/call_color.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace msgstat::analysis::html {
namespace {

constexpr std::size_t kShades = 4;

struct Family {
  std::string_view name;
  std::vector<std::string_view> calls;
};

std::span<const Family> table() {
  static const std::vector<Family> rows = {
      {"receive", {"recvfrom", "read", "readv", "recvmsg", "recvmmsg", "pread64", "recv"}},
      {"send",
       {"sendto", "write", "writev", "sendmsg", "sendmmsg", "pwrite64", "sendfile", "send"}},
      {"wait",
       {"epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6",
        "io_uring_enter", "nanosleep", "clock_nanosleep", "accept4"}},
      {"control", {"epoll_ctl", "ioctl", "fcntl", "getsockopt", "setsockopt", "epoll_create1"}},
      {"lock", {"futex", "futex_waitv", "futex_wait", "futex_wake", "sched_yield"}},
      {"memory", {"mmap", "munmap", "mremap", "mprotect", "madvise", "brk", "page faults"}},
      {"other", {}},
  };
  return rows;
}

}  // namespace

const std::vector<std::string_view>& families() {
  static const std::vector<std::string_view> all = [] {
    std::vector<std::string_view> names;
    for (const Family& family : table()) names.push_back(family.name);
    return names;
  }();
  return all;
}

std::string_view family_of(std::string_view call) {
  for (const Family& family : table())
    if (std::find(family.calls.begin(), family.calls.end(), call) != family.calls.end())
      return family.name;
  return "other";
}

CallColors::CallColors(const std::vector<std::string>& calls) {
  std::map<std::string_view, std::size_t> used;
  for (const std::string& call : calls) {
    const std::string_view family = family_of(call);
    const std::size_t shade = std::min(used[family]++, kShades - 1);
    classes_[call] = shade == 0 ? fmt::format("call {}", family)
                                : fmt::format("call {} shade-{}", family, shade);
  }
}

std::string CallColors::classes(const std::string& call) const {
  const auto found = classes_.find(call);
  return found == classes_.end() ? fmt::format("call {}", family_of(call)) : found->second;
}

}  // namespace msgstat::analysis::html
