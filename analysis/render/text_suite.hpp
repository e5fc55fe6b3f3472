// What a suite's figures say beside those of its recording. Pure; any thread.
#pragma once

#include <string>

#include "analysis/group.hpp"
#include "analysis/render/text.hpp"
#include "analysis/suite/suite.hpp"

namespace msgstat::analysis::render {

std::string text_of_suite(const suite::Suite& suite, const std::vector<Group>& groups,
                          const TextOptions& options);

}  // namespace msgstat::analysis::render
