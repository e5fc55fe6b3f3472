// Empty eBPF programs on the hooks of a level, armed while the object lives.
#pragma once

#include <memory>

namespace bench {

class EmptyHook {
 public:
  enum class Of { kCounts, kExplain };

  explicit EmptyHook(Of level = Of::kCounts);  // throws msgstat::Error when the kernel refuses
  ~EmptyHook();
  EmptyHook(const EmptyHook&) = delete;
  EmptyHook& operator=(const EmptyHook&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bench
