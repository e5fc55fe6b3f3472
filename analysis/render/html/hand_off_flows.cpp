#include "analysis/render/html/hand_off_flows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "analysis/findings/figures.hpp"

namespace msgstat::analysis::html {
namespace {

constexpr std::size_t kWords = 6;
constexpr std::size_t kThreads = 8;

using Thread = std::pair<std::int64_t, std::uint64_t>;  // pid, tid
using Address = std::pair<std::int64_t, std::uint64_t>;

// The words with most hand-offs, and where the others go.
std::vector<const FutexWord*> top_words(const FutexUse& futex) {
  std::vector<const FutexWord*> words;
  for (const FutexWord& word : futex.words)
    if (word.hand_offs > 0) words.push_back(&word);
  std::stable_sort(words.begin(), words.end(), [](const FutexWord* a, const FutexWord* b) {
    return a->hand_offs > b->hand_offs;
  });
  return words;
}

FlowNode node_of(const FutexWord& word) {
  return {.label = word.lock == "unknown" ? name_of(word) : word.lock,
          .detail = fmt::format("{}{:.0f} % cross-CPU",
                                word.lock == "unknown" ? "" : name_of(word) + ", ",
                                100 * static_cast<double>(word.cross_cpu_hand_offs) /
                                    static_cast<double>(word.hand_offs)),
          .count = static_cast<double>(word.hand_offs)};
}

class Maker {
 public:
  explicit Maker(const Run& run) : run_(run), words_(top_words(*run.futex)) {
    for (std::size_t i = 0; i < words_.size(); ++i)
      place_[{words_[i]->pid, words_[i]->address}] = std::min(i, kWords - 1);
    for (const HandOff& one : run.futex->hand_offs)
      if (const auto place = place_.find({one.pid, one.address}); place != place_.end())
        told_[place->second] += static_cast<double>(one.count);
  }

  HandOffFlows make() {
    add_words();
    add_threads(flows_.wakers, flows_.from_wakers, &HandOff::waker);
    add_threads(flows_.waiters, flows_.to_waiters, &HandOff::waiter);
    return std::move(flows_);
  }

 private:
  void add_words() {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      flows_.total += static_cast<double>(words_[i]->hand_offs);
      if (i < kWords)
        flows_.words.push_back(node_of(*words_[i]));
      else
        flows_.words.back().count += static_cast<double>(words_[i]->hand_offs);
    }
    if (words_.size() > kWords) {
      flows_.words.back().label = fmt::format("{} other words", words_.size() - kWords + 1);
      flows_.words.back().detail.clear();
    }
  }

  void add_threads(std::vector<FlowNode>& nodes, std::vector<Flow>& flows,
                   std::uint64_t HandOff::*end) const {
    std::map<Thread, double> counts;
    for (const HandOff& one : run_.futex->hand_offs)
      counts[{one.pid, one.*end}] += static_cast<double>(one.count);
    std::vector<std::pair<Thread, double>> sorted(counts.begin(), counts.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    // One that would be folded alone is shown.
    const std::size_t shown = sorted.size() <= kThreads + 1 ? sorted.size() : kThreads;
    std::map<Thread, std::size_t> place;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      place[sorted[i].first] = std::min(i, shown);
      if (i < shown) nodes.push_back({.label = name_of_thread(sorted[i].first), .detail = {}});
    }
    if (shown < sorted.size())
      nodes.push_back(
          {.label = fmt::format("{} other threads", sorted.size() - shown), .detail = {}});
    std::map<std::pair<std::size_t, std::size_t>, double> by_pair;
    for (const HandOff& one : run_.futex->hand_offs)
      if (const auto word = place_.find({one.pid, one.address}); word != place_.end())
        by_pair[{place.at({one.pid, one.*end}), word->second}] += static_cast<double>(one.count);
    add_untold(nodes, by_pair);
    for (const auto& [pair, count] : by_pair) {
      flows.push_back({.thread = pair.first, .word = pair.second, .count = count});
      nodes[pair.first].count += count;
    }
  }

  // What the words count more than the pairs that the recording names.
  void add_untold(std::vector<FlowNode>& nodes,
                  std::map<std::pair<std::size_t, std::size_t>, double>& by_pair) const {
    const std::size_t untold = nodes.size();
    for (std::size_t word = 0; word < flows_.words.size(); ++word) {
      const auto told = told_.find(word);
      const double rest = flows_.words[word].count - (told == told_.end() ? 0 : told->second);
      if (rest <= 0) continue;
      if (nodes.size() == untold) nodes.push_back({.label = "not told apart", .detail = {}});
      by_pair[{untold, word}] += rest;
    }
  }

  [[nodiscard]] std::string name_of_thread(const Thread& thread) const {
    if (run_.sched)
      for (const ThreadTime& one : run_.sched->threads)
        if (one.pid == thread.first && static_cast<std::uint64_t>(one.tid) == thread.second)
          return fmt::format("{} {}", one.name, one.tid);
    return fmt::format("thread {}", thread.second);
  }

  const Run& run_;
  std::vector<const FutexWord*> words_;
  std::map<Address, std::size_t> place_;  // in the column of the words
  std::map<std::size_t, double> told_;    // of each word, by threads
  HandOffFlows flows_;
};

}  // namespace

HandOffFlows flows_of(const Run& run) {
  if (!run.futex) return {};
  return Maker(run).make();
}

}  // namespace msgstat::analysis::html
