// The smallest program to execute: 7 calls of getppid(2), 1 of exit(2), and not one more.
// Built for the native architecture and, on amd64, for i386.
#if defined(__i386__)
enum { kGetppid = 64, kExit = 1 };
static long call(long number) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(0) : "memory");
  return result;
}
#else
#include "tests/kernel/programs/raw.h"
enum { kGetppid = SYS_getppid, kExit = SYS_exit };
static long call(long number) { return raw0(number); }
#endif

void _start(void) {
  for (int i = 0; i < 7; ++i) call(kGetppid);
  call(kExit);
  __builtin_unreachable();
}
