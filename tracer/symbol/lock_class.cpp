#include "tracer/symbol/lock_class.hpp"

#include <array>
#include <string_view>

namespace msgstat::tracer {
namespace {

struct Candidate {
  const FutexWord& word;
  const WordEvidence& evidence;

  [[nodiscard]] bool symbol_starts(std::string_view text) const {
    return word.place.symbol.starts_with(text);
  }
  [[nodiscard]] bool is_in(std::string_view module) const {
    return word.place.module.find(module) != std::string::npos;
  }
  // A whole variable of the size that glibc gives the type on 64 bits (bits/pthreadtypes-arch.h).
  [[nodiscard]] bool is_variable(std::uint64_t bytes, std::uint64_t offset) const {
    return word.place.symbol_bytes == bytes && word.place.offset == offset;
  }
  [[nodiscard]] std::uint64_t calls(const char* operation) const {
    const auto found = word.calls.find(operation);
    return found == word.calls.end() ? 0 : found->second;
  }
  [[nodiscard]] std::uint64_t waits() const {
    return word.woken + word.changed + word.timed_out + word.interrupted + word.wait_failed;
  }
  [[nodiscard]] std::uint64_t wakes() const {
    return word.woke_none + word.woke_one + word.woke_many + word.wake_failed;
  }
  [[nodiscard]] bool mostly(std::uint64_t part) const { return part > 0 && 2 * part >= waits(); }
};

struct LockClass {
  const char* name;
  bool (*is)(const Candidate& candidate);
};

// The first that fits. Offsets are those of glibc 2.25 to 2.40.
constexpr std::array kClasses = {
    // 3.8 to 3.11 keep the GIL's mutex and condition variables in _PyRuntime, 3.12 and 3.13 there
    // for the main interpreter (Python/ceval_gil.c).
    LockClass{"CPython GIL", [](const Candidate& c) { return c.symbol_starts("_PyRuntime"); }},
    LockClass{"malloc arena",
              [](const Candidate& c) {
                return c.symbol_starts("main_arena") || c.symbol_starts("list_lock") ||
                       c.symbol_starts("free_list_lock") ||
                       (c.word.place.kind == "arena" && c.word.place.offset < 256 &&
                        c.mostly(c.evidence.waits_for_two));
              }},
    LockClass{"stdio lock", [](const Candidate& c) { return c.symbol_starts("_IO_stdfile_"); }},
    LockClass{"Go runtime", [](const Candidate& c) { return c.symbol_starts("runtime."); }},
    // A goroutine's thread parks on m.waitsema, in the Go heap (runtime/malloc.go, arena hints).
    LockClass{"Go runtime, a parked thread",
              [](const Candidate& c) {
                // A goroutine that runs on a stack there makes it look like a stack.
                return (c.word.place.kind == "anonymous" || c.word.place.kind == "stack") &&
                       c.word.address >> 32 == 0xc0;
              }},
    LockClass{"JVM", [](const Candidate& c) { return c.is_in("/libjvm.so"); }},
    LockClass{"libuv", [](const Candidate& c) { return c.is_in("/libuv.so"); }},
    LockClass{"libevent", [](const Candidate& c) { return c.is_in("/libevent"); }},
    LockClass{"thread join",
              [](const Candidate& c) {
                return c.evidence.waits_for_thread && c.wakes() == 0 && c.word.hand_offs == 0;
              }},
    LockClass{"priority-inheriting mutex",
              [](const Candidate& c) {
                return c.calls("LOCK_PI") + c.calls("LOCK_PI2") + c.calls("UNLOCK_PI") > 0;
              }},
    LockClass{"glibc condition variable",
              [](const Candidate& c) {
                return (c.is_variable(48, 40) || c.is_variable(48, 44)) &&
                       c.calls("WAIT_BITSET") > 0;
              }},
    LockClass{"glibc rwlock",
              [](const Candidate& c) {
                return c.is_variable(56, 0) || c.is_variable(56, 8) || c.is_variable(56, 12);
              }},
    LockClass{
        "glibc semaphore",
        [](const Candidate& c) { return c.is_variable(32, 0) && c.calls("WAIT_BITSET") > 0; }},
    LockClass{"glibc barrier",
              [](const Candidate& c) {
                return c.is_variable(32, 4) || (c.is_variable(32, 0) && c.calls("WAIT") > 0);
              }},
    LockClass{"glibc mutex",
              [](const Candidate& c) {
                return c.mostly(c.evidence.waits_for_two) && c.calls("WAIT") > 0;
              }},
    LockClass{"glibc semaphore",
              [](const Candidate& c) {
                return c.mostly(c.evidence.waits_counted) && c.mostly(c.evidence.waits_for_zero);
              }},
    LockClass{"glibc condition variable",
              [](const Candidate& c) {
                return c.evidence.has_twin && c.mostly(c.evidence.waits_for_zero) &&
                       c.calls("WAIT_BITSET") > 0;
              }},
    LockClass{"glibc condition variable or semaphore",
              [](const Candidate& c) {
                return c.mostly(c.evidence.waits_for_zero) && c.calls("WAIT_BITSET") > 0;
              }},
    LockClass{"a lock inside the C library",
              [](const Candidate& c) { return c.is_in("/libc.so") || c.is_in("/ld-linux"); }},
};

}  // namespace

std::string lock_class(const FutexWord& word, const WordEvidence& evidence) {
  const Candidate candidate{.word = word, .evidence = evidence};
  for (const LockClass& kind : kClasses)
    if (kind.is(candidate)) return kind.name;
  return "unknown";
}

}  // namespace msgstat::tracer
