// The hand-offs of one run as flows from those who wake, over the words, to those who wait. What is
// too much to be drawn is folded, and what the recording could not tell apart is kept as such, so
// that each column adds up to all hand-offs. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analysis/recording.hpp"

namespace msgstat::analysis::html {

struct FlowNode {
  std::string label;
  std::string detail;  // of a word: where it is; may be empty
  double count = 0;
};

struct Flow {
  std::size_t thread = 0;  // of wakers or of waiters
  std::size_t word = 0;
  double count = 0;
};

struct HandOffFlows {
  std::vector<FlowNode> wakers;
  std::vector<FlowNode> words;
  std::vector<FlowNode> waiters;
  std::vector<Flow> from_wakers;
  std::vector<Flow> to_waiters;
  double total = 0;
};

// No words when nothing was handed over.
HandOffFlows flows_of(const Run& run);

}  // namespace msgstat::analysis::html
