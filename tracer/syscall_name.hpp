// Names of system calls and of the errors they return. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tracer/window.hpp"

namespace msgstat::tracer {

// From the kernel headers of the build and the table of newer calls, which have one number on
// all architectures; "syscall_N" for a number in neither.
std::string syscall_name(int number, Abi abi);

// The native number of a call, as "futex" -> 202 on amd64.
std::optional<int> syscall_number(std::string_view name);

// "EAGAIN"; and the kernel's own, which user space never sees: "ERESTARTSYS"; else "errno_N".
std::string errno_name(int error);

}  // namespace msgstat::tracer
