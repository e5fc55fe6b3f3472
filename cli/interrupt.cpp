#include "cli/interrupt.hpp"

#include <pthread.h>
#include <sys/signalfd.h>

#include "tracer/error.hpp"

namespace msgstat::cli {

Interrupt::Interrupt() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &set, &before_);
  signals_ = tracer::Fd(check(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "watch signals"));
}

Interrupt::~Interrupt() {
  // One that is pending has been obeyed; unblocked, it would end the process.
  const timespec now{};
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  while (::sigtimedwait(&set, nullptr, &now) > 0) {
  }
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

int Interrupt::signal() const {
  sigset_t pending;
  ::sigpending(&pending);
  for (const int signal : {SIGINT, SIGTERM})
    if (::sigismember(&pending, signal) == 1) return signal;
  return 0;
}

}  // namespace msgstat::cli
