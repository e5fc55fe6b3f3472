// The counters and the system calls of a group, in its table. Pure; any thread.
#pragma once

#include <string>

#include "analysis/group.hpp"
#include "analysis/render/table.hpp"
#include "analysis/render/text.hpp"

namespace msgstat::analysis::render {

void add_counters(Table& table, const Group& group);
void add_syscalls(Table& table, const Group& group, const TextOptions& options);
// At level `latency`: a table of its own. Nothing when no call was timed.
void add_call_times(Table& table, const Group& group);
// With `--per-thread`, of one run: a line a thread. Nothing when they were not counted.
void add_threads(Table& table, const Group& group);
// "NAME-TID", as perf has it.
std::string thread_id(const ThreadCounts& thread);

}  // namespace msgstat::analysis::render
