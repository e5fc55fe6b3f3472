// msgstat list: what there is to choose from.
#pragma once

#include <CLI/CLI.hpp>

namespace msgstat::cli {

void add_list(CLI::App& app, int& exit_status);

}  // namespace msgstat::cli
