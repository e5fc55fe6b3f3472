// How the agent's thread is known from outside (comm, at most 15 bytes).
#pragma once

#include <string_view>

namespace msgstat::tracer {

inline constexpr std::string_view kAgentThreadName = "msgstat-agent";

}  // namespace msgstat::tracer
