#include <array>
#include <cctype>
#include <optional>

#include "tracer/error.hpp"
#include "tracer/unit/kinds.hpp"
#include "tracer/unit/unit.hpp"

namespace msgstat::tracer {
namespace {

constexpr std::array kKinds = {
    UnitKind{"sock:recv", "data received from a socket, by whatever call or io_uring",
             make_received},
    UnitKind{"sock:send", "data sent to a socket, by whatever call or io_uring", make_sent},
    UnitKind{"syscall:NAME", "returns of a system call", make_syscall},
    UnitKind{"uprobe:BINARY:SYMBOL", "calls of a function", make_uprobe},
    UnitKind{"usdt:BINARY:PROVIDER:NAME", "passes of a static probe in a program", make_usdt},
    UnitKind{"tracepoint:GROUP:NAME", "passes of a tracepoint of the kernel", make_tracepoint},
    UnitKind{"count:N", "N units, in each window", make_given},
};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(':', begin);
    parts.emplace_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

bool is_argument(const std::string& part) { return std::isupper(part.front()) != 0; }

// The arguments, when the expression is of that form.
std::optional<UnitArguments> match(std::string_view form, const std::vector<std::string>& parts) {
  const auto wanted = split(form);
  if (wanted.size() != parts.size()) return std::nullopt;
  UnitArguments arguments;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!is_argument(wanted[i]) && wanted[i] != parts[i]) return std::nullopt;
    if (!is_argument(wanted[i])) continue;
    if (parts[i].empty()) return std::nullopt;
    arguments.push_back(parts[i]);
  }
  return arguments;
}

}  // namespace

std::span<const UnitKind> unit_kinds() { return kKinds; }

UnitRequest parse_unit(const std::string& expression) {
  const auto parts = split(expression);
  std::string forms;
  for (const UnitKind& kind : kKinds) {
    if (const auto arguments = match(kind.form, parts)) return {&kind, *arguments};
    forms += (forms.empty() ? "" : ", ") + std::string(kind.form);
  }
  throw UsageError("'" + expression + "' is no unit", "units are " + forms);
}

std::unique_ptr<Unit> make_unit(const std::string& expression, const UnitContext& context) {
  const UnitRequest request = parse_unit(expression);
  return request.kind->make(request.arguments, context);
}

}  // namespace msgstat::tracer
