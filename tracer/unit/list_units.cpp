#include "tracer/unit/list_units.hpp"

#include <set>

#include "tracer/error.hpp"
#include "tracer/privilege.hpp"
#include "tracer/symbol/static_probes.hpp"
#include "tracer/target/named_task.hpp"
#include "tracer/target/process.hpp"
#include "tracer/target/program_file.hpp"
#include "tracer/unit/counting_program.hpp"
#include "tracer/unit/unit.hpp"

namespace msgstat {
namespace {

using namespace tracer;

// The tracepoint that has the kernel's data, and what there is without.
std::string describe_socket_source(const std::string& tracepoint) {
  if (has_typed_tracepoint(tracepoint)) return "tracepoint sock:" + tracepoint;
  return "successful calls on sockets: no tracepoint sock:" + tracepoint + " before kernel 6.3";
}

void add_static_probes(const NamedTask& process, std::vector<UnitDescription>& units) {
  const pid_t pid = process.id();
  const auto files = list_mapped_programs(pid);
  if (files.empty() && !may_read_files(pid))
    throw Error("cannot read what process " + std::to_string(pid) + " has mapped",
                "of another user's process that needs CAP_SYS_PTRACE: " + grant_command());
  // Its memory goes before it does.
  if (files.empty()) throw Error(process.describe() + " has ended");
  for (const std::string& file : files) {
    std::set<std::string> expressions;
    try {
      for (const StaticProbe& probe : list_static_probes(find_program_file(file, {pid})))
        expressions.insert("usdt:" + file + ":" + probe.provider + ":" + probe.name);
    } catch (const Error&) {
      continue;  // a file that was deleted since, or is no ELF file
    }
    for (const std::string& expression : expressions)
      units.push_back(
          {.expression = expression, .what = "a static probe", .source = {}, .reason = {}});
  }
}

}  // namespace

std::vector<UnitDescription> list_units(std::optional<pid_t> pid) {
  std::optional<NamedTask> process;
  if (pid) process.emplace(*pid, NamedTask::Kind::kProcess);
  std::vector<UnitDescription> units;
  for (const UnitKind& kind : unit_kinds()) {
    UnitDescription unit{.expression = std::string(kind.form),
                         .what = std::string(kind.what),
                         .source = {},
                         .reason = {}};
    if (unit.expression == "sock:recv") unit.source = describe_socket_source("sock_recv_length");
    if (unit.expression == "sock:send") unit.source = describe_socket_source("sock_send_length");
    units.push_back(std::move(unit));
  }
  if (process) add_static_probes(*process, units);
  return units;
}

}  // namespace msgstat
