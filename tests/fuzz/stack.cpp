// Samples of a hostile target's stack: this program's own, of a call that libc has made, with words
// changed. Whatever they are, a walk ends, and its calls lie in files that are mapped.
#include <fcntl.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <iterator>
#include <span>

#include "bpf/abi.h"
#include "tests/fuzz/input.hpp"
#include "tracer/fd.hpp"
#include "tracer/symbol/unwinder.hpp"

namespace {

using namespace msgstat::tracer;

// Registers by DWARF number, then the stack from the stack pointer on.
using Words = std::uint64_t[REGISTERS + STACK_BYTES / sizeof(std::uint64_t)];

// `to` becomes `add` more than `from`, which is no word when it is out of range.
struct Change {
  std::uint16_t to;
  std::uint16_t from;
  std::uint64_t add;
} __attribute__((packed));

Words taken;

int take(const void* /*one*/, const void* /*other*/) {
  ucontext_t context;
  ::getcontext(&context);
  const greg_t* registers = context.uc_mcontext.gregs;
  constexpr int kByNumber[] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                               REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                               REG_R12, REG_R13, REG_R14, REG_R15};
  for (std::size_t i = 0; i < std::size(kByNumber); ++i)
    taken[i] = static_cast<std::uint64_t>(registers[kByNumber[i]]);
  taken[REGISTER_PC] = static_cast<std::uint64_t>(registers[REG_RIP]);
  const Fd memory(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  if (::pread(memory.get(), taken + REGISTERS, STACK_BYTES, registers[REG_RSP]) <= 0) std::abort();
  return 0;
}

std::size_t walk(const Words& words) {
  static AddressSpace space(::getpid());
  static Unwinder unwinder(space.code_files());
  const std::span all(words);
  const auto calls = unwinder.unwind(
      {.registers = all.first(REGISTERS), .stack = std::as_bytes(all.subspan(REGISTERS))});
  for (const std::uint64_t call : calls)
    if (space.frame(call).file.empty()) std::abort();
  return calls.size();
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  int two[2] = {};
  std::qsort(two, std::size(two), sizeof *two, take);
  constexpr std::size_t kCalls = 6;  // take, of qsort at least one, this, two of libFuzzer, main
  if (walk(taken) < kCalls) std::abort();
  return 0;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Words words;
  std::memcpy(words, taken, sizeof words);
  for (; size >= sizeof(Change); data += sizeof(Change), size -= sizeof(Change)) {
    Change change{};
    std::memcpy(&change, data, sizeof change);
    words[change.to % std::size(words)] =
        (change.from < std::size(words) ? words[change.from] : 0) + change.add;
  }
  if (walk(words) > 64) std::abort();
  return 0;
}
