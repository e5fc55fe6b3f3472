// The table of models: every echo server that can be measured, and how to start it. Pure but for
// missing(), which looks at the file system; any thread.
//
// A server is started as `SERVER HOST PORT BUFFER_BYTES`. PORT 0 lets the kernel choose; the first
// line that it prints on stdout is the port, in decimal. It echoes what it receives, TCP_NODELAY
// on, reading at most BUFFER_BYTES at a time (but Node, which takes 64 KiB), and ends with status 0
// on SIGTERM.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace servers {

struct Model {
  std::string_view name;         // "cpp_epoll"
  std::string_view description;  // half a line: language, system call or library, and shape
  // The command before HOST PORT BUFFER_BYTES. A word that starts with "@/" is a file below the
  // models' directory.
  std::vector<std::string_view> command;
  // What it needs that may not be on the machine: a file below the models' directory ("@/…"), or
  // an absolute path, with the Debian package that brings it. The command's own words are looked
  // at without being named here.
  struct Need {
    std::string_view path;
    std::string_view package;
  };
  std::vector<Need> needs = {};
  // The command is dynamically linked and executes no other: an agent can be preloaded into it.
  bool dynamic = true;
  // select(2): at most this many connections.
  std::optional<std::uint64_t> max_connections = {};
};

// In the order in which they are run and printed.
std::span<const Model> catalog();
// Nothing when there is none of that name.
const Model* find_model(std::string_view name);

// Where the models are, for a command in `bin` beside `libexec`: relative to /proc/self/exe.
std::filesystem::path models_directory();

std::vector<std::string> command_line(const Model& model, const std::filesystem::path& models,
                                      std::string_view host, std::uint16_t port,
                                      std::uint64_t buffer_bytes);

// The first thing that is missing to run the model: what, and the package that brings it (empty
// when it is part of msgstat's own build). Nothing when it can run.
struct Missing {
  std::string what;
  std::string package;
};
std::optional<Missing> missing(const Model& model, const std::filesystem::path& models);

}  // namespace servers
