// Owner of one file descriptor: closed exactly once, by the destructor. Movable, not shared.
#pragma once

#include <unistd.h>

#include <utility>

namespace msgstat::tracer {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  void reset() { Fd closed = std::move(*this); }

 private:
  int fd_ = -1;
};

}  // namespace msgstat::tracer
