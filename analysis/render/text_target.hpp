// The part of a text report that is about a process, a command or a cgroup. Pure; any thread.
#pragma once

#include <string>

#include "analysis/group.hpp"
#include "analysis/render/text.hpp"

namespace msgstat::analysis::render {

// Whether a group is of such a target, and not of a model under load.
bool is_of_target(const Group& group);
std::string text_of_target(const Group& group, const TextOptions& options);

// "process 1234 (redis-server)", "command `ls -l`", "cgroup /x".
std::string name_of_target(const Run& run);

// What totals are divided by: "receive", or "second" when no unit was seen.
std::string denominator_of(const Group& group);

// The laps of a measurement as they come, one a call: `first` has the headings.
std::string text_of_lap(const Run& lap, bool first, const TextOptions& options);

}  // namespace msgstat::analysis::render
