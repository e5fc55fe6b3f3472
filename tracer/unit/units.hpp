// The units that a collector was asked for, armed and collected together. One that cannot be
// counted here is said in each window, with the reason. Not thread safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tracer/unit/unit.hpp"

namespace msgstat::tracer {

class Units {
 public:
  // Loads; nothing is armed. Throws UsageError for an expression that makes no sense.
  Units(const std::vector<std::string>& expressions, const UnitContext& context);

  void arm();
  void disarm();
  // After the calls were collected.
  void collect(Window& window);
  [[nodiscard]] std::vector<int> program_fds() const;

 private:
  struct Slot {
    std::string expression;
    std::unique_ptr<Unit> unit;
    std::string reason;  // why it is not counted
  };
  std::vector<Slot> slots_;
};

}  // namespace msgstat::tracer
