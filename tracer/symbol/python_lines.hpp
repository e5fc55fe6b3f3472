// The table of a CPython code object that says which line an instruction belongs to: co_linetable
// of 3.11 on (Objects/locations.md of its source). Pure: any bytes give an answer. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace msgstat::tracer {

// `instruction`: offset in bytes of a code unit. Absent when the table has no line for it, does not
// reach it, or is malformed.
std::optional<std::uint32_t> find_python_line(std::span<const std::byte> table,
                                              std::uint32_t first_line, std::uint64_t instruction);

}  // namespace msgstat::tracer
