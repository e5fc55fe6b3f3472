// tracepoint:GROUP:NAME. By the kernel's type information where that has the tracepoint, which
// needs no tracefs; of those that it lacks (syscalls:*), by tracefs.
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "tracer/error.hpp"
#include "tracer/privilege.hpp"
#include "tracer/unit/counting_program.hpp"
#include "tracer/unit/kinds.hpp"

namespace msgstat::tracer {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> find_events() {
  for (const char* path : {"/sys/kernel/tracing/events", "/sys/kernel/debug/tracing/events"})
    if (may_access(path, R_OK | X_OK)) return path;
  return std::nullopt;
}

}  // namespace

std::unique_ptr<Unit> make_tracepoint(const UnitArguments& arguments, const UnitContext& context) {
  const std::string& group = arguments[0];
  const std::string& name = arguments[1];
  const std::string full = group + ":" + name;
  const auto events = find_events();
  std::error_code error;
  if (events && !fs::exists(*events / group / name / "id", error))
    throw UsageError("there is no tracepoint " + full, "they are below " + events->string());
  const bool is_typed = has_typed_tracepoint(name);
  if (!is_typed && !events)
    throw Error("tracepoint " + full + " is not in the kernel's type information",
                "others need tracefs: mount -t tracefs tracefs /sys/kernel/tracing, and root");
  return std::make_unique<CountingProgram>(
      context.filter,
      CountingProgram::Settings{
          .which = is_typed ? CountingProgram::Which::kTypedTracepoint
                            : CountingProgram::Which::kTracepoint,
          .source = "tracepoint " + full + (events ? "" : " (its group cannot be checked here)"),
          .group = group,
          .name = name});
}

}  // namespace msgstat::tracer
