// Takes entries out of a hash map of the kernel, many in one call (bpf(2), BPF_MAP_LOOKUP_BATCH).
// Those of a bank that is not counted into any more stand still meanwhile. Any thread.
#pragma once

#include <bpf/bpf.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "tracer/error.hpp"

namespace msgstat::tracer {

// `use(key, value)` of each entry of which `wants(key)` is true; they leave the map.
template <typename Key, typename Wants, typename Use>
void take_entries(int map, std::size_t value_bytes, Wants wants, Use use) {
  constexpr __u32 kBatch = 4096;
  std::vector<Key> keys(kBatch);
  std::vector<std::byte> values(kBatch * value_bytes);
  std::vector<Key> taken;
  __u32 position = 0;
  __u32 next = 0;
  for (void* from = nullptr;; from = &position) {
    __u32 count = kBatch;
    const int result =
        bpf_map_lookup_batch(map, from, &next, keys.data(), values.data(), &count, nullptr);
    if (result < 0 && result != -ENOENT)
      throw Error("cannot read a map of the kernel", {}, -result);
    for (std::size_t i = 0; i < count; ++i) {
      if (!wants(keys[i])) continue;
      use(keys[i], static_cast<const void*>(&values[i * value_bytes]));
      taken.push_back(keys[i]);
    }
    if (result == -ENOENT) break;
    position = next;
  }
  for (std::size_t done = 0; done < taken.size(); done += kBatch) {
    auto count = static_cast<__u32>(std::min<std::size_t>(kBatch, taken.size() - done));
    const int result = bpf_map_delete_batch(map, &taken[done], &count, nullptr);
    if (result < 0) throw Error("cannot empty a map of the kernel", {}, -result);
  }
}

}  // namespace msgstat::tracer
