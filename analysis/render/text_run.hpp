// The part of a text report that is about one group of runs. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "analysis/group.hpp"
#include "analysis/render/text.hpp"

namespace msgstat::analysis::render {

std::string text_of_group(const Group& group, const TextOptions& options);

// What it ran under, each a clause: "200 connections", "server on CPU 0".
std::vector<std::string> facts_of(const Group& group);

// "thread, pinned"
std::string title_of(const Group& group);

// "message" is "msg" beside a slash.
std::string unit_abbreviation(const Run& run);

}  // namespace msgstat::analysis::render
