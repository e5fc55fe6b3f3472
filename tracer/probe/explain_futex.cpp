#include "tracer/probe/explain_futex.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <string_view>

#include "tracer/probe/explain_time.hpp"
#include "tracer/symbol/address_space.hpp"
#include "tracer/symbol/lock_class.hpp"

namespace msgstat::tracer {
namespace {

constexpr std::size_t kListed = 1000;

constexpr std::array<std::string_view, FUTEX_OPERATIONS> kOperations = {
    "WAIT",           "WAKE",      "FD",          "REQUEUE",     "CMP_REQUEUE", "WAKE_OP",
    "LOCK_PI",        "UNLOCK_PI", "TRYLOCK_PI",  "WAIT_BITSET", "WAKE_BITSET", "WAIT_REQUEUE_PI",
    "CMP_REQUEUE_PI", "LOCK_PI2",  "futex_waitv", "futex_wake",  "futex_wait",  "futex_requeue",
    "unknown"};

std::uint64_t calls_of(const futex_word& word) {
  return std::accumulate(std::begin(word.operations), std::end(word.operations), std::uint64_t{0});
}

FutexWord count(const futex_key& key, const futex_word& counted) {
  FutexWord word{.address = key.address};
  for (std::size_t i = 0; i < kOperations.size(); ++i)
    if (counted.operations[i] != 0) word.calls[std::string(kOperations[i])] = counted.operations[i];
  word.shared = counted.shared;
  word.woken = counted.results[WAIT_WOKEN];
  word.changed = counted.results[WAIT_CHANGED];
  word.timed_out = counted.results[WAIT_TIMED_OUT];
  word.interrupted = counted.results[WAIT_INTERRUPTED];
  word.wait_failed = counted.results[WAIT_FAILED];
  word.woke_none = counted.results[WAKE_NONE];
  word.woke_one = counted.results[WAKE_ONE];
  word.woke_many = counted.results[WAKE_MANY];
  word.wake_failed = counted.results[WAKE_FAILED];
  word.threads_woken_at_once = counted.woken_many;
  word.sleeps = counted.sleeps;
  word.sleep_ns = counted.sleep_ns;
  Histogram slept{};
  std::copy(std::begin(counted.slept.slots), std::end(counted.slept.slots), slept.begin());
  word.sleep_slots = slots_of(slept);
  word.hand_offs = counted.hand_offs;
  word.cross_cpu_hand_offs = counted.cross_cpu;
  return word;
}

}  // namespace

std::string futex_operation(std::uint32_t operation) {
  return std::string(kOperations.at(operation));
}

FutexUse describe(FutexReading reading, AddressSpaces& spaces) {
  FutexUse use;
  use.words_seen = reading.words.size();
  use.calls_without_word = reading.loss.futex_full;
  use.hand_offs_untold = reading.loss.hand_offs_full;
  use.other_abi = reading.loss.other_abi;
  use.stacks = {.samples = reading.loss.samples,
                .lost = reading.loss.samples_full,
                .cost_ns = reading.loss.sample_ns};
  use.calls = use.calls_without_word;
  for (const auto& [key, word] : reading.words) use.calls += calls_of(word);
  std::stable_sort(reading.words.begin(), reading.words.end(), [](const auto& a, const auto& b) {
    return calls_of(a.second) > calls_of(b.second);
  });

  // Waiters and wakers of each word.
  std::map<std::pair<std::uint32_t, std::uint64_t>,
           std::pair<std::set<std::uint32_t>, std::set<std::uint32_t>>>
      threads;
  for (const auto& [key, hand_off] : reading.hand_offs) {
    auto& [waiters, wakers] = threads[{key.tgid, key.address}];
    waiters.insert(key.waiter);
    wakers.insert(key.waker);
  }
  std::set<std::pair<std::uint32_t, std::uint64_t>> addresses;
  for (const auto& [key, word] : reading.words) addresses.insert({key.tgid, key.address});

  for (const auto& [key, counted] : reading.words) {
    if (use.words.size() == kListed) break;
    FutexWord word = count(key, counted);
    const std::uint32_t pid = reading.processes[key.tgid];
    word.pid = pid;
    word.place =
        spaces.of(key.tgid, static_cast<pid_t>(pid)).place(key.address, counted.stack_pointer);
    if (const auto sites = reading.sites.find({key.tgid, key.address});
        sites != reading.sites.end())
      word.sites = std::move(sites->second);
    if (const auto found = threads.find({key.tgid, key.address}); found != threads.end()) {
      word.waiters = found->second.first.size();
      word.wakers = found->second.second.size();
    }
    const auto name = reading.names.find({key.tgid, counted.owner});
    if (counted.waits_for_two > 0 && counted.owner != 0 && name != reading.names.end()) {
      word.owner = counted.owner;
      word.owner_name = name->second;
    }
    word.lock =
        lock_class(word, {.waits_for_two = counted.waits_for_two,
                          .waits_for_zero = counted.waits_for_zero,
                          .waits_counted = counted.waits_counted,
                          .waits_for_thread = reading.names.contains({key.tgid, counted.value}),
                          .has_twin = addresses.contains({key.tgid, key.address + 4}) ||
                                      addresses.contains({key.tgid, key.address - 4})});
    use.words.push_back(std::move(word));
  }

  std::stable_sort(reading.hand_offs.begin(), reading.hand_offs.end(),
                   [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
  for (const auto& [key, hand_off] : reading.hand_offs) {
    if (use.hand_offs.size() == kListed) break;
    use.hand_offs.push_back({.pid = reading.processes[key.tgid],
                             .address = key.address,
                             .waker = key.waker,
                             .waiter = key.waiter,
                             .count = hand_off.count,
                             .cross_cpu = hand_off.cross_cpu});
  }
  return use;
}

}  // namespace msgstat::tracer
