#include "tracer/symbol/process_memory.hpp"

#include <sys/uio.h>

#include <bit>

namespace msgstat::tracer {

bool read_memory(pid_t pid, std::uint64_t address, void* to, std::size_t bytes) {
  const iovec local{.iov_base = to, .iov_len = bytes};
  const iovec remote{.iov_base = std::bit_cast<void*>(address), .iov_len = bytes};
  return ::process_vm_readv(pid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(bytes);
}

std::optional<std::vector<std::byte>> read_memory(pid_t pid, std::uint64_t address,
                                                  std::size_t bytes) {
  std::vector<std::byte> read(bytes);
  if (!read_memory(pid, address, read.data(), bytes)) return std::nullopt;
  return read;
}

}  // namespace msgstat::tracer
