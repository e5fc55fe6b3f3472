// The functions and lines of Python that a process of CPython is in.
//
// Where things are differs by version and is one table (python_process.cpp): 3.11 on glibc and
// x86-64. For any other there is nothing, and its stacks are those of the interpreter's C
// functions.
//
// The frames are read by the eBPF program as the thread is in a system call (bpf/explain_stack.h):
// it cannot move, and its PyThreadState is known to be its own by both thread ids in it. What a
// frame refers to, the code object, is read here a little later. It counts only when it is of the
// type PyCode_Type and is bit by bit what it was then, in all that never changes of one: so no name
// or line is of another function that took its place. The line is what CPython's own traceback has:
// co_linetable at the frame's instruction.
//
// Owns what it has read. One thread at a time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bpf/abi.h"
#include "tracer/stack_use.hpp"
#include "tracer/symbol/address_space.hpp"

namespace msgstat::tracer {

class PythonProcess {
 public:
  // Absent when it is no CPython, or none that is known.
  static std::optional<PythonProcess> find(AddressSpace& space);

  [[nodiscard]] const python_layout& layout() const { return layout_; }
  // It is the same interpreter, mapped at the same place.
  [[nodiscard]] bool is_same(const PythonProcess& other) const {
    return types_ == other.types_ && layout_.slot == other.layout_.slot;
  }
  // Reads the code object now, if it is not known yet: call it soon after the frame was sampled.
  void learn(const python_frame& frame);
  // Of a frame that was learned; absent when its code could not be read, or was not valid.
  [[nodiscard]] std::optional<StackFrame> describe(const python_frame& frame) const;

 private:
  struct Types {
    std::uint64_t code = 0, bytes = 0, text = 0;
    bool operator==(const Types&) const = default;
  };
  struct Code {
    std::string function;
    std::string file;
    std::uint32_t first_line = 0;
    std::uint64_t bytes = 0;  // of its instructions
    std::vector<std::byte> lines;
  };
  // The code object and what it looked like: another at the same address is another entry.
  using Key = std::pair<std::uint64_t, std::vector<std::uint8_t>>;

  PythonProcess(pid_t pid, const python_layout& layout, const Types& types)
      : pid_(pid), layout_(layout), types_(types) {}
  static Key key_of(const python_frame& frame);
  [[nodiscard]] std::optional<Code> read_code(const python_frame& frame) const;
  [[nodiscard]] std::optional<std::string> read_text(std::uint64_t address) const;
  [[nodiscard]] std::optional<std::vector<std::byte>> read_bytes(std::uint64_t address) const;

  pid_t pid_;
  python_layout layout_;
  Types types_;
  std::map<Key, std::optional<Code>> codes_;
};

}  // namespace msgstat::tracer
