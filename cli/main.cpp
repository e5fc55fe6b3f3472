#include <cstdio>
#include <exception>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/interrupt.hpp"
#include "tracer/error.hpp"

namespace {

constexpr int kFailed = 1;
constexpr int kBadUsage = 2;
constexpr int kSignalBase = 128;

int complain(const char* line, int exit_status) {
  fmt::print(stderr, "msgstat: {}\n", line);
  return exit_status;
}

int run(int argc, char** argv) {
  CLI::App app("perf stat, per message: what a server pays for each unit of its work", "msgstat");
  app.set_version_flag("--version", "msgstat " MSGSTAT_VERSION);
  app.require_subcommand(1);
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return fmt::format("msgstat: {}; see --help\n", error.what());
  });
  int exit_status = 0;
  try {
    for (const auto add : msgstat::cli::commands()) add(app, exit_status);
    app.parse(argc, argv);
    return exit_status;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadUsage;
  } catch (const msgstat::cli::Interrupted& interrupted) {
    return complain("interrupted before anything was measured", kSignalBase + interrupted.signal());
  } catch (const msgstat::Error& error) {
    return complain(error.what(), error.exit_status());
  } catch (const std::exception& error) {
    return complain(error.what(), kFailed);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (...) {  // not even the complaint could be made
    return kFailed;
  }
}
