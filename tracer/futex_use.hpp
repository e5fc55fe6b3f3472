// What a window at Level::kExplain says of futexes: every word that threads of the target slept on
// or woke at, and who handed over to whom. Plain values; any thread. A word is keyed by process and
// address: one that processes share is as many words as processes map it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tracer/stack_use.hpp"

namespace msgstat {

// Of times: how many lay from `from_ns` on, to where the next possible one begins. Log-linear, four
// to an octave.
struct TimeSlot {
  std::uint64_t from_ns = 0;
  std::uint64_t count = 0;
  bool operator==(const TimeSlot&) const = default;
};

// Where an address is.
struct Place {
  std::string kind;    // "symbol" "module" "heap" "arena" "stack" "anonymous" "unknown"
  std::string module;  // path of the mapped file; empty for none
  std::string symbol;  // demangled, when kind is "symbol"
  std::uint64_t symbol_bytes = 0;
  std::uint64_t offset = 0;  // in the symbol, else in the module or in the mapping
  bool operator==(const Place&) const = default;
};

struct FutexWord {
  std::int64_t pid = 0;  // in the namespace of who measured
  std::uint64_t address = 0;
  Place place;
  std::string lock;  // its class: "glibc mutex"; "unknown" when it looks like none that is known
  std::map<std::string, std::uint64_t> calls;  // by operation: "WAIT_BITSET"
  std::uint64_t shared = 0;                    // of the calls, without FUTEX_PRIVATE_FLAG
  // Waits by result; they add up to the calls that wait.
  std::uint64_t woken = 0;
  std::uint64_t changed = 0;  // EAGAIN: the word had another value, no sleep
  std::uint64_t timed_out = 0;
  std::uint64_t interrupted = 0;
  std::uint64_t wait_failed = 0;
  // Wakes by how many threads they woke; they add up to the calls that wake.
  std::uint64_t woke_none = 0;
  std::uint64_t woke_one = 0;
  std::uint64_t woke_many = 0;
  std::uint64_t wake_failed = 0;
  std::uint64_t threads_woken_at_once = 0;  // by the wakes that woke more than one
  std::uint64_t sleeps = 0;                 // waits that slept
  std::uint64_t sleep_ns = 0;
  std::vector<TimeSlot> sleep_slots;  // those with a count, ascending
  std::uint64_t hand_offs = 0;        // waits that a thread of the target ended by a futex call
  std::uint64_t cross_cpu_hand_offs = 0;
  std::uint64_t waiters = 0;  // distinct threads among the hand-offs that were told apart
  std::uint64_t wakers = 0;
  std::optional<std::int64_t> owner;  // thread that held it most as others began to wait
  std::string owner_name;
  std::vector<CallSite> sites;  // most calls first, at most 20; of a sample
  bool operator==(const FutexWord&) const = default;
};

struct HandOff {
  std::int64_t pid = 0;
  std::uint64_t address = 0;
  std::uint64_t waker = 0;  // thread ids as the target's gettid() has them
  std::uint64_t waiter = 0;
  std::uint64_t count = 0;
  std::uint64_t cross_cpu = 0;
  bool operator==(const HandOff&) const = default;
};

struct FutexUse {
  std::uint64_t calls = 0;               // on all words, those that are not listed included
  std::uint64_t words_seen = 0;          // distinct
  std::vector<FutexWord> words;          // most calls first; at most 1,000
  std::vector<HandOff> hand_offs;        // most frequent first; at most 1,000
  std::uint64_t calls_without_word = 0;  // lost: the table of words was full
  std::uint64_t hand_offs_untold = 0;    // in their word's count, in no pair: that table was full
  std::uint64_t other_abi = 0;           // calls by the 32-bit interface: of no word
  StackSampling stacks;                  // of all sites, those in SchedulerUse included
  bool operator==(const FutexUse&) const = default;
};

}  // namespace msgstat
