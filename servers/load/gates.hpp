// The eventfds between the coordinator and the load threads, inherited by
// worker processes. Safe for any thread; open() also in a signal handler.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "servers/load/error.hpp"
#include "servers/load/file_descriptor.hpp"

namespace load {

class Gate {
 public:
  Gate() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!event_) throw Error(std::string("cannot make an eventfd: ") + std::strerror(errno));
  }
  // Its descriptor is readable from now on.
  void open() const noexcept { ::eventfd_write(event_.get(), 1); }
  void shut() const noexcept {
    eventfd_t ignored = 0;
    ::eventfd_read(event_.get(), &ignored);
  }
  [[nodiscard]] int fd() const noexcept { return event_.get(); }

 private:
  FileDescriptor event_;
};

struct Gates {
  Gate start;      // coordinator: every connection of every thread is up, go
  Gate stop;       // coordinator: end
  Gate attention;  // threads: a phase has changed, look at the blocks
};

}  // namespace load
