#include "cli/list.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "analysis/findings/finding.hpp"
#include "cli/target_id.hpp"
#include "servers/catalog.hpp"
#include "tracer/perf/event.hpp"
#include "tracer/unit/list_units.hpp"

namespace msgstat::cli {
namespace {

void list_models() {
  const auto models = servers::models_directory();
  std::size_t width = 0;
  for (const auto& model : servers::catalog()) width = std::max(width, model.name.size());
  for (const auto& model : servers::catalog()) {
    fmt::print("{:<{}}  {}", model.name, width, model.description);
    if (const auto missing = servers::missing(model, models))
      fmt::print("  [missing: {}{}]", missing->what,
                 missing->package.empty() ? "" : "; apt-get install " + missing->package);
    fmt::print("\n");
  }
}

void list_events() {
  const auto events = tracer::list_events();
  std::size_t width = 0;
  for (const auto& event : events) width = std::max(width, event.name.size());
  std::string source;
  for (const auto& event : events) {
    if (event.source != source) {
      source = event.source;
      fmt::print("{}:\n", source);
    }
    fmt::print("  {:<{}}  {}\n", event.name, width, event.description);
  }
}

void list_rules() {
  for (const analysis::Rule& rule : analysis::rules())
    fmt::print("{}: {}\n    speaks at    {}\n    because      {}\n    needs        {}\n", rule.id,
               rule.looks_for, rule.threshold, rule.source, rule.needs);
}

void list_units(std::optional<pid_t> pid) {
  for (const UnitDescription& unit : msgstat::list_units(pid)) {
    fmt::print("{}\n    {}\n", unit.expression, unit.what);
    if (!unit.source.empty()) fmt::print("    by {}\n", unit.source);
    if (!unit.reason.empty()) fmt::print("    not here: {}\n", unit.reason);
  }
}

struct Kind {
  const char* name;
  const char* help;
  void (*print)();
};

constexpr std::array kKinds = {
    Kind{"models", "the echo servers that bench can run", list_models},
    Kind{"events", "the perf events that can be counted, as libpfm4 names them", list_events},
    Kind{"rules", "what msgstat explain looks for, its thresholds and their sources", list_rules},
};

}  // namespace

void add_list(CLI::App& app, int& exit_status) {
  CLI::App* command = app.add_subcommand("list", "show what there is to choose from");
  command->require_subcommand(1);
  for (const Kind& kind : kKinds)
    command->add_subcommand(kind.name, kind.help)->callback([kind, &exit_status] {
      kind.print();
      exit_status = 0;
    });

  auto pid = std::make_shared<std::optional<pid_t>>();
  CLI::App* units =
      command->add_subcommand("units", "the units of work that stat can count, for --unit");
  units
      ->add_option_function<std::string>(
          "-p,--pid", [pid](const std::string& text) { *pid = parse_process_id(text); },
          "also the static probes of this process")
      ->type_name("PID");
  units->callback([pid, &exit_status] {
    list_units(*pid);
    exit_status = 0;
  });
}

}  // namespace msgstat::cli
