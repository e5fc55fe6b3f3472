// What limits the figures of a group: what was lost, what lies across the ends of the window, what
// the observer cost, what it cannot see. Pure; any thread.
#pragma once

#include "analysis/group.hpp"
#include "analysis/render/table.hpp"

namespace msgstat::analysis::render {

void add_exactness(Table& table, const Group& group);

}  // namespace msgstat::analysis::render
