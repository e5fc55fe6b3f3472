// How many descriptors there are for connections.
#pragma once

#include <cstddef>

#include "servers/load/options.hpp"

namespace load {

// Raises the soft limit of this process, and of those that it starts, to the
// hard one. Returns how many more descriptors can be opened. Throws Error.
std::size_t raise_descriptor_limit();

inline constexpr unsigned kMostProcesses = 64;

// In how many processes the connections go when each can open `available`
// descriptors: what was asked for, or as few as do. Throws OptionsError, which
// names the most that can be, when there are too many.
unsigned plan_processes(const Options& options, std::size_t available);

}  // namespace load
