// A file of a hostile target, which has these bytes until the next one.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <span>
#include <string>

#include "tracer/fd.hpp"

namespace fuzz {

// Its path.
inline const std::string& hostile_file(std::span<const std::byte> bytes) {
  static const msgstat::tracer::Fd file(::memfd_create("hostile", MFD_CLOEXEC));
  static const std::string path = "/proc/self/fd/" + std::to_string(file.get());
  if (::ftruncate(file.get(), 0) != 0 ||
      ::pwrite(file.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    std::abort();
  return path;
}

}  // namespace fuzz
