// Names of functions as their language writes them. Pure; any thread.
#pragma once

#include <string>

namespace msgstat::tracer {

// Of C++ (Itanium ABI) and Rust (both manglings, without the hash). Any other name as it stands,
// and one that stands for more than 64 KiB.
std::string demangled(const std::string& name);

}  // namespace msgstat::tracer
