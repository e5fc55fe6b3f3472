// Reads the count of units that another process keeps in shared memory.
#pragma once

#include <cstdint>

#include "tracer/collector.hpp"
#include "tracer/mapping.hpp"

namespace msgstat::tracer {

class UnitCounter {
 public:
  explicit UnitCounter(const UnitCounterLocation& location);
  // No system call; any thread.
  [[nodiscard]] std::uint64_t read() const;

 private:
  UnitCounterLocation location_;
  Mapping mapping_;
};

}  // namespace msgstat::tracer
