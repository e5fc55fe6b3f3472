// msgstat compare: the arms of a recording, or two recordings.
#pragma once

#include <CLI/App.hpp>

namespace msgstat::cli {

// The exit status is 1 only when a limit of --fail-if is exceeded significantly.
void add_compare(CLI::App& app, int& exit_status);

}  // namespace msgstat::cli
