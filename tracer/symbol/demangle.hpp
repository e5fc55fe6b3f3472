// Names of functions as their language writes them. Pure; any thread.
#pragma once

#include <string>

namespace msgstat::tracer {

// Of C++ (Itanium ABI) and Rust (both manglings, without the hash); any other name as it stands.
std::string demangled(const std::string& name);

}  // namespace msgstat::tracer
