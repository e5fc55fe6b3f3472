// Ids of processes and threads, as -p and -t have them. Values; any thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace msgstat::cli {

// Throws UsageError, in one line, for what is no id, for "self", and for our own.
pid_t parse_process_id(const std::string& text);
// Each once, in their order.
std::vector<pid_t> parse_process_ids(const std::vector<std::string>& texts);
std::vector<pid_t> parse_thread_ids(const std::vector<std::string>& texts);

}  // namespace msgstat::cli
