// Where results go: options that every measuring command has, and what is done with a recording.
#pragma once

#include <filesystem>
#include <string>

#include <CLI/CLI.hpp>

#include "analysis/recording.hpp"

namespace msgstat::cli {

struct OutputOptions {
  std::filesystem::path file;  // -o; empty: none
  bool json = false;           // -j
  std::string color = "auto";  // --color
};

// Adds -o, -j and --color.
void add_output_options(CLI::App& command, OutputOptions& options);
void add_color_option(CLI::App& command, std::string& color);

// Whether stdout gets colour: --color, NO_COLOR (no-color.org), and whether it is a terminal.
bool use_color(const std::string& color);

// Throws Error, before anything is measured, when the file cannot be written.
void check_output(const OutputOptions& options);

// Writes the file, and prints the recording on stdout: as text, or with -j as JSON.
void put_out(const analysis::Recording& recording, const OutputOptions& options);

}  // namespace msgstat::cli
