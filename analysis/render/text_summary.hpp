// The table of all groups at the end of a text report. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "analysis/group.hpp"
#include "analysis/render/text.hpp"

namespace msgstat::analysis::render {

std::string text_of_summary(const std::vector<Group>& groups, const TextOptions& options);

}  // namespace msgstat::analysis::render
