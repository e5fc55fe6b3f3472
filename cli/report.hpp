// msgstat report: renders a recording.
#pragma once

#include <CLI/App.hpp>

namespace msgstat::cli {

void add_report(CLI::App& app, int& exit_status);

}  // namespace msgstat::cli
