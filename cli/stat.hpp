// msgstat stat: measures a process or a command, per unit of its work.
#pragma once

#include <CLI/CLI.hpp>

namespace msgstat::cli {

void add_stat(CLI::App& app, int& exit_status);

}  // namespace msgstat::cli
