// msgstat top: what a process does, live.
#pragma once

#include <CLI/CLI.hpp>

namespace msgstat::cli {

void add_top(CLI::App& app, int& exit_status);

}  // namespace msgstat::cli
