// msgstat explain: why a server costs what it costs; from a recording, a live process or a command.
#pragma once

#include <CLI/CLI.hpp>

namespace msgstat::cli {

void add_explain(CLI::App& app, int& exit_status);

}  // namespace msgstat::cli
