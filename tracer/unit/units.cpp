#include "tracer/unit/units.hpp"

#include "tracer/error.hpp"

namespace msgstat::tracer {

Units::Units(const std::vector<std::string>& expressions, const UnitContext& context) {
  for (const std::string& expression : expressions) {
    Slot slot{.expression = expression, .unit = {}, .reason = {}};
    try {
      slot.unit = make_unit(expression, context);
    } catch (const UsageError&) {
      throw;
    } catch (const Error& error) {
      slot.reason = error.what();
    }
    slots_.push_back(std::move(slot));
  }
}

void Units::arm() {
  for (Slot& slot : slots_) {
    if (!slot.unit) continue;
    slot.reason.clear();
    try {
      slot.unit->arm();
    } catch (const Error& error) {
      slot.unit->disarm();
      slot.reason = error.what();
    }
  }
}

void Units::disarm() {
  for (const Slot& slot : slots_)
    if (slot.unit) slot.unit->disarm();
}

void Units::collect(Window& window) {
  for (const Slot& slot : slots_) {
    NamedUnits units{.expression = slot.expression};
    units.reason = slot.reason;
    if (slot.unit) units.source = slot.unit->source();
    if (slot.unit && slot.reason.empty()) units.count = slot.unit->collect(window);
    window.unit_counts.push_back(std::move(units));
  }
}

std::vector<int> Units::program_fds() const {
  std::vector<int> fds;
  for (const Slot& slot : slots_)
    if (slot.unit)
      for (const int fd : slot.unit->program_fds()) fds.push_back(fd);
  return fds;
}

}  // namespace msgstat::tracer
