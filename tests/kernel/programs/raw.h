// System calls without libc around them: what is written here is all that the kernel sees.
#pragma once

#include <sys/syscall.h>

#if defined(__x86_64__)
static inline long raw6(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
static inline void relax(void) { __asm__ volatile("pause" ::: "memory"); }
// Two instructions each time.
static inline void loop(long count) { __asm__ volatile("1: dec %0; jnz 1b" : "+r"(count)::"cc"); }
#elif defined(__aarch64__)
static inline long raw6(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
}
static inline void relax(void) { __asm__ volatile("yield" ::: "memory"); }
static inline void loop(long count) {
  __asm__ volatile("1: subs %0, %0, #1; b.ne 1b" : "+r"(count)::"cc");
}
#else
#error "no raw system calls for this architecture"
#endif

static inline long raw3(long number, long a, long b, long c) {
  return raw6(number, a, b, c, 0, 0, 0);
}
static inline long raw0(long number) { return raw6(number, 0, 0, 0, 0, 0, 0); }
