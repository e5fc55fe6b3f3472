// The table of subcommands. Each adds itself to the app with its options and a callback that
// parses, calls and prints; `exit_status` is what main() then returns. Errors are thrown.
#pragma once

#include <span>

#include <CLI/CLI.hpp>

namespace msgstat::cli {

using AddCommand = void (*)(CLI::App& app, int& exit_status);

// In the order in which --help shows them.
std::span<const AddCommand> commands();

}  // namespace msgstat::cli
