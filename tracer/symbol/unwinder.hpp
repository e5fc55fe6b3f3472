// The calls that are on a stack, from a copy of its top and of the registers: by the unwind
// information of the mapped files (.eh_frame, .debug_frame), so no frame pointers are needed;
// elfutils' libdw. Owns what it has read of one process. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tracer/symbol/address_space.hpp"

namespace msgstat::tracer {

// Registers by DWARF number, the last is the program counter; the stack begins at the stack
// pointer.
struct StackCopy {
  std::span<const std::uint64_t> registers;
  std::span<const std::byte> stack;
};

class Unwinder {
 public:
  // Of the files that a process has mapped.
  explicit Unwinder(std::vector<CodeFile> files);
  ~Unwinder();
  Unwinder(const Unwinder&) = delete;
  Unwinder& operator=(const Unwinder&) = delete;

  // Addresses of code, the innermost first: where the thread is, then each call that it is in. Ends
  // at the outermost, at what the copy does not hold, and at code of no file, from which on only
  // guesses would be possible.
  std::vector<std::uint64_t> unwind(const StackCopy& copy);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The calls of each copy, by an Unwinder that is confined (confined.hpp): libdw makes room for each
// register that a file names, and follows it for as long as it says. Those of the copies from which
// on it did not come to an end are absent.
std::vector<std::vector<std::uint64_t>> unwind_confined(const std::vector<CodeFile>& files,
                                                        const std::vector<StackCopy>& copies);

}  // namespace msgstat::tracer
