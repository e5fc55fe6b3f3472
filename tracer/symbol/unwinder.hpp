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

class Unwinder {
 public:
  // Of the files that `space` has mapped now.
  explicit Unwinder(AddressSpace& space);
  ~Unwinder();
  Unwinder(const Unwinder&) = delete;
  Unwinder& operator=(const Unwinder&) = delete;

  // Addresses of code, the innermost first: where the thread is, then each call that it is in. Ends
  // at the outermost, at what the copy does not hold, and at code of no file, from which on only
  // guesses would be possible. `registers` by DWARF number, the last is the program counter;
  // `stack` begins at the stack pointer.
  std::vector<std::uint64_t> unwind(std::span<const std::uint64_t> registers,
                                    std::span<const std::byte> stack);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace msgstat::tracer
