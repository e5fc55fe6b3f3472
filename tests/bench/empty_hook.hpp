// An empty eBPF program on the hook that level `counts` has, armed while the object lives.
#pragma once

#include <memory>

namespace bench {

class EmptyHook {
 public:
  EmptyHook();  // throws msgstat::Error when the kernel refuses
  ~EmptyHook();
  EmptyHook(const EmptyHook&) = delete;
  EmptyHook& operator=(const EmptyHook&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bench
