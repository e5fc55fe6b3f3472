// What racer and its test share, in memory.
#pragma once

#if defined(__cplusplus)
#include <atomic>
using shared_word = std::atomic<unsigned long>;
#else
#include <stdatomic.h>
typedef _Atomic unsigned long shared_word;
#endif

struct race {
  shared_word marked;
  shared_word stop;
  shared_word calls;
};
