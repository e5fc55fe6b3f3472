// The cell of a system call, as bpf/ counts them (SYSCALL_CELLS). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "bpf/abi.h"
#include "tracer/syscall_name.hpp"

namespace msgstat::tracer {

inline Abi abi_of_cell(std::uint32_t cell) { return static_cast<Abi>(cell / SYSCALL_NUMBERS); }
inline int number_of_cell(std::uint32_t cell) { return static_cast<int>(cell % SYSCALL_NUMBERS); }

inline std::string name_of_cell(std::uint32_t cell) {
  const int number = number_of_cell(cell);
  return number == SYSCALL_NUMBERS - 1 ? "unknown" : syscall_name(number, abi_of_cell(cell));
}

}  // namespace msgstat::tracer
