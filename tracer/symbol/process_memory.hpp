// Bytes of another process's memory, process_vm_readv(2). Reads only; any thread.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace msgstat::tracer {

// All of them, or absent: not mapped, no privilege, no such process.
bool read_memory(pid_t pid, std::uint64_t address, void* to, std::size_t bytes);
std::optional<std::vector<std::byte>> read_memory(pid_t pid, std::uint64_t address,
                                                  std::size_t bytes);

template <typename T>
std::optional<T> read_value(pid_t pid, std::uint64_t address) {
  T value{};
  if (!read_memory(pid, address, &value, sizeof value)) return std::nullopt;
  return value;
}

}  // namespace msgstat::tracer
