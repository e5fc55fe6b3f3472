// What a window at Level::kExplain says of where calls come from: stacks of a sample of them. Plain
// values; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace msgstat {

// A function on a stack. Of Python: `line` is in `file`, the source. Else `file` is the mapped file
// and `offset` is in the function, or in the file when no function is known there.
struct StackFrame {
  std::string function;  // demangled; empty: not known
  std::string file;
  std::uint64_t offset = 0;
  std::uint32_t line = 0;                               // 0: not Python, or its line is not known
  auto operator<=>(const StackFrame&) const = default;  // NOLINT(modernize-use-nullptr): clang 14
};

// A place in the program that a kind of call came from.
struct CallSite {
  std::string call;           // a futex operation, "WAIT"; or a system call, "read"
  std::uint64_t samples = 0;  // that were seen
  std::uint64_t calls = 0;    // for which they stand: an estimate
  // Standard error of `calls`, at most: as if the samples were independent, each with its own
  // chance (Horvitz and Thompson, J. Am. Stat. Assoc. 47 (1952), 663); of a call that most are it
  // is less.
  double calls_error = 0;
  std::uint64_t asleep_ns = 0;  // for which they stand: an estimate
  // The innermost first. At a Python function's interpreter the frames of Python take the place of
  // it and of what called it. Ends where no unwind information is: in code of no file.
  std::vector<StackFrame> frames;
  bool operator==(const CallSite&) const = default;
};

// How the samples were taken. A futex call is taken with a chance that is lower the more there are,
// so that a CPU takes some 100 a second; a sleep by the time that it lasted.
struct StackSampling {
  std::uint64_t samples = 0;
  std::uint64_t lost = 0;     // found no room
  std::uint64_t cost_ns = 0;  // what taking all of them took
  bool operator==(const StackSampling&) const = default;
};

}  // namespace msgstat
