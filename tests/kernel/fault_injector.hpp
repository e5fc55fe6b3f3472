// Makes one system call of a stretch of code fail, whoever makes it: our code, libbpf, libelf,
// libc.
//
// The kernel hands every call of the calling thread to a signal handler (Syscall User Dispatch,
// prctl(2), Linux 5.11, amd64), which makes the call or gives it an errno instead. Calls of a
// sanitizer's runtime are let through uncounted. One stretch at a time, on one thread.
#pragma once

#include <cstddef>
#include <vector>

#include "tests/support/requirement.hpp"

namespace kernel_test {

support::Requirement syscall_dispatch();

class FaultInjector {
 public:
  // Call `nth` of the stretch, from 1, gets `error`; 0: none does, calls are only counted. What
  // gives something back (close, munmap) is done all the same, as the kernel does it: the errno of
  // a close says that it was late, not that the descriptor stays.
  FaultInjector(std::size_t nth, int error);
  // Ends the stretch.
  ~FaultInjector();
  FaultInjector(const FaultInjector&) = delete;
  FaultInjector& operator=(const FaultInjector&) = delete;

  // Pauses and resumes, for calls of the test itself.
  static void pause();
  static void resume();

  // Of the last stretch: calls made, and the number of the one that failed, -1 if none.
  [[nodiscard]] static std::size_t calls();
  [[nodiscard]] static long failed_call();
  // Of a stretch in which none failed: the first, the second and the last call from each place
  // (by who called whom). A file that is read in a thousand pieces makes three of them.
  [[nodiscard]] static std::vector<std::size_t> different_calls();
};

}  // namespace kernel_test
