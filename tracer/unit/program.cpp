// uprobe:BINARY:SYMBOL and usdt:BINARY:PROVIDER:NAME: places in a program, as the target sees it.
#include "tracer/error.hpp"
#include "tracer/symbol/open_elf.hpp"
#include "tracer/symbol/static_probes.hpp"
#include "tracer/target/program_file.hpp"
#include "tracer/unit/counting_program.hpp"
#include "tracer/unit/kinds.hpp"

namespace msgstat::tracer {

std::unique_ptr<Unit> make_uprobe(const UnitArguments& arguments, const UnitContext& context) {
  const std::string file = find_program_file(arguments[0], context.pids);
  const auto offset = find_function(file, arguments[1]);
  if (!offset)
    throw UsageError("there is no function " + arguments[1] + " in " + arguments[0],
                     "name it as 'nm' or 'nm -D' does; a stripped program has those it exports");
  return std::make_unique<CountingProgram>(
      context.filter,
      CountingProgram::Settings{.which = CountingProgram::Which::kUprobe,
                                .source = "uprobe " + arguments[1] + " in " + arguments[0],
                                .file = file,
                                .sites = {{.offset = *offset}}});
}

std::unique_ptr<Unit> make_usdt(const UnitArguments& arguments, const UnitContext& context) {
  const std::string file = find_program_file(arguments[0], context.pids);
  CountingProgram::Settings settings{.which = CountingProgram::Which::kUprobe};
  for (const StaticProbe& probe : list_static_probes(file))
    if (probe.provider == arguments[1] && probe.name == arguments[2])
      settings.sites.push_back(
          {.offset = probe.offset, .semaphore_offset = probe.semaphore_offset});
  const std::string full = arguments[1] + ":" + arguments[2];
  if (settings.sites.empty())
    throw UsageError("there is no static probe " + full + " in " + arguments[0],
                     "'msgstat list units -p PID' prints those of a process");
  settings.file = file;
  settings.source = "static probe " + full + " in " + arguments[0] + ", " +
                    std::to_string(settings.sites.size()) +
                    (settings.sites.size() == 1 ? " place" : " places");
  return std::make_unique<CountingProgram>(context.filter, std::move(settings));
}

}  // namespace msgstat::tracer
