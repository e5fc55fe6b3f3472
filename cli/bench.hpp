// msgstat bench: runs models under load and measures each.
#pragma once

#include <CLI/CLI.hpp>

namespace msgstat::cli {

void add_bench(CLI::App& app, int& exit_status);

}  // namespace msgstat::cli
