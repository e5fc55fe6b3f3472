// Memory of a hostile target that looks like CPython's: code objects, with the texts and tables
// that they refer to, anywhere. What is said of a frame is in proportion to what was read.
//
// The target is this program itself, whose name and symbols are those of the interpreter.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "tests/fuzz/input.hpp"
#include "tracer/symbol/python_process.hpp"

// NOLINTBEGIN(readability-identifier-naming): its names
extern "C" {
// What msgstat reads of an interpreter. The key of threads is the second of the process.
extern const std::uint64_t Py_Version;
const std::uint64_t Py_Version = 0x030b02f0;
struct {
  char before[592];
  std::int32_t is_initialized;
  std::uint32_t key;
} _PyRuntime = {{}, 1, 1};
char PyCode_Type, PyBytes_Type, PyUnicode_Type;
}
// NOLINTEND(readability-identifier-naming)

namespace {

using namespace msgstat::tracer;

constexpr std::size_t kMemoryBytes = 4096;
alignas(16) std::uint8_t memory[kMemoryBytes];

// A word whose highest byte is 0xA0 to 0xA3 is an address: in the memory, or of a type.
void relocate(std::uint8_t* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  const void* const places[] = {memory + word % kMemoryBytes, &PyCode_Type, &PyBytes_Type,
                                &PyUnicode_Type};
  const std::uint64_t place = (word >> 56) - 0xa0;
  if (place >= std::size(places)) return;
  word = reinterpret_cast<std::uint64_t>(places[place]);
  std::memcpy(at, &word, sizeof word);
}

}  // namespace

// A code object is at the beginning; the first two bytes say at which instruction it stands.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static AddressSpace space(::getpid());
  static const auto found = PythonProcess::find(space);
  if (!found) std::abort();
  if (size < 2) return 0;
  std::memset(memory, 0, sizeof memory);
  std::memcpy(memory, data + 2, std::min(size - 2, sizeof memory));
  for (std::size_t at = 0; at < sizeof memory; at += sizeof(std::uint64_t)) relocate(memory + at);

  PythonProcess process = *found;
  python_frame frame{.code = reinterpret_cast<std::uint64_t>(memory)};
  frame.instruction = frame.code + data[0] + (data[1] << 8U);
  std::memcpy(frame.fixed, memory + process.layout().fixed, sizeof frame.fixed);
  process.learn(frame);
  const auto described = process.describe(frame);
  // A letter is at most four bytes.
  constexpr std::size_t kMostText = std::size_t{4} * 4096;
  if (described && (described->function.size() > kMostText || described->file.size() > kMostText))
    std::abort();
  return 0;
}
