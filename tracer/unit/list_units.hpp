// What may be written for a unit, in general and for one process: `msgstat list units`. Loads and
// arms nothing; any thread.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace msgstat {

struct UnitDescription {
  std::string expression;  // "sock:recv"; capitals stand for what is to be filled in
  std::string what;
  std::string source;  // where the count comes from, when that is known before
  std::string reason;  // why it cannot be counted; empty when it can
};

// With a process, also each static probe of the programs that it has mapped. Throws Error when
// there is no such process, or its maps may not be read.
std::vector<UnitDescription> list_units(std::optional<pid_t> pid);

}  // namespace msgstat
