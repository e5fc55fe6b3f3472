#include "tests/kernel/armed.hpp"

#include <bpf/bpf.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "tests/support/descriptor.hpp"

namespace kernel_test {

namespace fs = std::filesystem;
using support::Descriptor;

// "prog_id:\tN", and for links "link_id:\tN" before it.
Armed armed_by(pid_t pid, pid_t tid) {
  Armed armed;
  const fs::path fds = "/proc/" + std::to_string(pid) + "/task/" + std::to_string(tid) + "/fdinfo";
  for (const auto& entry : fs::directory_iterator(fds)) {
    std::ifstream file(entry.path());
    std::string field;
    bool is_link = false;
    std::uint32_t id = 0;
    while (file >> field) {
      if (field == "link_id:" && file >> id) {
        armed.links.push_back(id);
        is_link = true;
      }
      if (field == "prog_id:" && !is_link && file >> id) armed.programs.push_back(id);
    }
  }
  return armed;
}

std::size_t alive(const Armed& armed) {
  std::size_t count = 0;
  for (const auto id : armed.programs) count += Descriptor(bpf_prog_get_fd_by_id(id)).is_open();
  for (const auto id : armed.links) count += Descriptor(bpf_link_get_fd_by_id(id)).is_open();
  return count;
}

std::size_t alive_in_the_end(const Armed& armed) {
  using Clock = std::chrono::steady_clock;
  for (const auto deadline = Clock::now() + std::chrono::seconds(20);
       alive(armed) > 0 && Clock::now() < deadline;)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return alive(armed);
}

}  // namespace kernel_test
