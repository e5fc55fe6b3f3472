// msgstat doctor: what this machine can measure, and what it lacks.
#pragma once

#include <CLI/CLI.hpp>

namespace msgstat::cli {

void add_doctor(CLI::App& app, int& exit_status);

}  // namespace msgstat::cli
