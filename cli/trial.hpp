// msgstat trial: an A/B experiment on a live process, which is put back after.
#pragma once

#include <CLI/App.hpp>

namespace msgstat::cli {

void add_trial(CLI::App& app, int& exit_status);

}  // namespace msgstat::cli
