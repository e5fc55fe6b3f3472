// Which kind of lock a futex word belongs to: one table, by the symbol that it lies in, or by how
// it is waited on. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "tracer/futex_use.hpp"

namespace msgstat::tracer {

// What was seen of a word besides what its FutexWord says.
struct WordEvidence {
  std::uint64_t waits_for_two = 0;   // for the value 2: lll_lock(), glibc
  std::uint64_t waits_for_zero = 0;  // for the value 0
  std::uint64_t waits_counted = 0;   // and a count of waiters stood at +4: a semaphore
  bool waits_for_thread = false;     // the last value waited for is the id of a thread
  bool has_twin = false;             // the int before or after it is waited on too
};

// "unknown" is an answer.
std::string lock_class(const FutexWord& word, const WordEvidence& evidence);

}  // namespace msgstat::tracer
