// A running server of a model, and what /proc says of it. For one test, in one thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "servers/catalog.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace e2e {

inline std::filesystem::path models() {
  return support::build_directory() / "libexec/msgstat/models";
}

// On a port of its own choice.
class ModelServer {
 public:
  explicit ModelServer(const servers::Model& model, std::uint64_t buffer_bytes = 4096)
      : child_(servers::command_line(model, models(), "127.0.0.1", 0, buffer_bytes),
               // What is freed is to be used again, and soon, or it looks like a leak.
               {.env = {{"ASAN_OPTIONS", "quarantine_size_mb=0"},
                        {"GOGC", "10"},
                        {"JDK_JAVA_OPTIONS", "-Xmx8m"}}}),
        port_(static_cast<std::uint16_t>(std::stoi(child_.read_line().value_or("0")))) {
    if (port_ == 0) throw std::runtime_error("no port: " + child_.wait().err);
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  support::Child& child() { return child_; }

  [[nodiscard]] std::size_t descriptors() const {
    const std::filesystem::directory_iterator all(proc("fd"));
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
  [[nodiscard]] std::size_t sockets() const {
    const std::filesystem::directory_iterator all(proc("fd"));
    return static_cast<std::size_t>(std::count_if(begin(all), end(all), [](const auto& fd) {
      std::error_code closed_meanwhile;
      return std::filesystem::read_symlink(fd, closed_meanwhile).string().starts_with("socket:");
    }));
  }
  // Closing takes the server a moment.
  [[nodiscard]] std::size_t sockets_once_at_most(std::size_t wanted) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    std::size_t now = sockets();
    while (now > wanted && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      now = sockets();
    }
    return now;
  }
  [[nodiscard]] std::size_t threads() const {
    const std::filesystem::directory_iterator all(proc("task"));
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
  [[nodiscard]] std::int64_t resident_kib() const {
    std::ifstream status(proc("status"));
    for (std::string word; status >> word;) {
      std::int64_t kib = 0;
      if (word == "VmRSS:" && status >> kib) return kib;
    }
    throw std::runtime_error("no VmRSS");
  }
  [[nodiscard]] std::int64_t cpu_ticks() const {
    std::ifstream stat(proc("stat"));
    std::string text((std::istreambuf_iterator<char>(stat)), {});
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string skipped;
    for (int field = 3; field < 14; ++field) fields >> skipped;
    std::int64_t user = 0;
    std::int64_t system = 0;
    fields >> user >> system;
    return user + system;
  }

 private:
  [[nodiscard]] std::filesystem::path proc(const char* file) const {
    return std::filesystem::path("/proc") / std::to_string(child_.pid()) / file;
  }

  support::Child child_;
  std::uint16_t port_;
};

}  // namespace e2e
