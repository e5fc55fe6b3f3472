// msgstat load: the load generator alone, against any echo server.
#pragma once

#include <CLI/App.hpp>

namespace msgstat::cli {

// Adds the subcommand. When it is chosen it runs until the load has ended or SIGINT or SIGTERM
// comes, and prints what was done; with --publish-fd the counts are read from there, and nothing
// is printed. Throws Error for a load that failed (after printing what had been done), UsageError.
void add_load(CLI::App& app, int& exit_status);

}  // namespace msgstat::cli
