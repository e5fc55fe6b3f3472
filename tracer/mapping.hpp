// Owner of one shared mapping of a descriptor: unmapped by the destructor. Movable, not shared;
// a forked child does not have it.
#pragma once

#include <cstddef>
#include <string>

namespace msgstat::tracer {

class Mapping {
 public:
  enum class Access { kRead, kReadWrite };

  Mapping() = default;
  // Maps the first `bytes` of `fd`, which may be closed after. `what` names it in the Error.
  Mapping(int fd, std::size_t bytes, Access access, const std::string& what);
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  template <typename T>
  [[nodiscard]] T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace msgstat::tracer
