#include "tracer/mapping.hpp"

#include <sys/mman.h>

#include <utility>

#include "tracer/error.hpp"

namespace msgstat::tracer {

Mapping::Mapping(int fd, std::size_t bytes, Access access, const std::string& what)
    : bytes_(bytes) {
  const int protection = access == Access::kRead ? PROT_READ : PROT_READ | PROT_WRITE;
  void* data = ::mmap(nullptr, bytes, protection, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) throw Error("cannot map " + what, {}, errno);
  data_ = data;
  ::madvise(data_, bytes_, MADV_DONTFORK);
}

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Mapping::~Mapping() {
  if (data_ != nullptr) ::munmap(data_, bytes_);
}

}  // namespace msgstat::tracer
