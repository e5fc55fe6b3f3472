// From what bpf/explain_futex.h counted to Window::futex: words are resolved to symbols and classes
// of lock by reading /proc of the processes, as far as they still exist or `spaces`
// has seen them. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bpf/abi.h"
#include "tracer/futex_use.hpp"
#include "tracer/probe/explain_stack.hpp"

namespace msgstat::tracer {

struct FutexReading {
  std::vector<std::pair<futex_key, futex_word>> words;
  std::vector<std::pair<hand_off_key, hand_off>> hand_offs;
  explain_loss loss{};
  std::map<std::uint32_t, std::uint32_t> processes;  // thread group of the init namespace: ours
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> names;  // of tgid and tid
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::vector<CallSite>> sites;
};

// "WAIT_BITSET"; of enum futex_operation.
std::string futex_operation(std::uint32_t operation);

FutexUse describe(FutexReading reading, AddressSpaces& spaces);

}  // namespace msgstat::tracer
