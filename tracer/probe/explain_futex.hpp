// From what bpf/explain_futex.h counted to Window::futex: words are resolved to symbols and classes
// of lock by reading /proc of the processes, as far as they still exist. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bpf/abi.h"
#include "tracer/futex_use.hpp"

namespace msgstat::tracer {

struct FutexReading {
  std::vector<std::pair<futex_key, futex_word>> words;
  std::vector<std::pair<hand_off_key, hand_off>> hand_offs;
  explain_loss loss{};
  std::map<std::uint32_t, std::uint32_t> processes;  // thread group of the init namespace: ours
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> names;  // of tgid and tid
};

FutexUse describe(FutexReading reading);

}  // namespace msgstat::tracer
