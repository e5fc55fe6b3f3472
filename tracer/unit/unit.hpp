// What counts the units of one expression ("sock:recv"), and the table of the kinds that there are.
//
// Making a unit arms nothing. It is armed, cut and collected with the probes, and counts into the
// banks that they count into: the units of a window are cut at the same instant as its calls. Not
// thread safe.
#pragma once

#include <sys/types.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/window.hpp"

namespace msgstat::tracer {

class TargetFilter;

class Unit {
 public:
  Unit() = default;
  virtual ~Unit() = default;
  Unit(const Unit&) = delete;
  Unit& operator=(const Unit&) = delete;

  virtual void arm() {}
  virtual void disarm() {}
  // What the bank left behind holds since it was last collected; `window` has its calls already.
  virtual std::uint64_t collect(const Window& window) = 0;
  // Where the count comes from: "tracepoint sock:sock_recv_length".
  [[nodiscard]] virtual std::string source() const = 0;
  [[nodiscard]] virtual std::vector<int> program_fds() const { return {}; }
};

struct UnitContext {
  const TargetFilter& filter;
  std::vector<pid_t> pids;  // of the target, for those that name one of its files
};

struct UnitKind {
  std::string_view form;  // "sock:recv", "usdt:BINARY:PROVIDER:NAME"; capitals are arguments
  std::string_view what;  // one clause
  // Throws UsageError when the arguments are wrong, Error when it cannot be counted here.
  std::unique_ptr<Unit> (*make)(const std::vector<std::string>& arguments, const UnitContext&);
};

std::span<const UnitKind> unit_kinds();

// An expression taken apart. Pure; any thread.
struct UnitRequest {
  const UnitKind* kind = nullptr;      // of the table
  std::vector<std::string> arguments;  // for the capitals of its form; none is empty
};
// Throws UsageError for an expression of no kind.
UnitRequest parse_unit(const std::string& expression);

// Throws as parse_unit() and `make` do.
std::unique_ptr<Unit> make_unit(const std::string& expression, const UnitContext& context);

}  // namespace msgstat::tracer
