// When what is attached to has ended: all of the processes or threads. One thread.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <vector>

#include "tracer/fd.hpp"

namespace msgstat::cli {

class TargetEnd {
 public:
  // Never ends.
  TargetEnd() = default;
  // Those of `ids` that there are no more have ended.
  explicit TargetEnd(const std::vector<pid_t>& ids);

  // What is to be polled: one of them is readable when one of the target has ended. Without the
  // kernel's help for a thread (before Linux 6.9) there is none, and is_over() must be asked.
  [[nodiscard]] std::vector<pollfd> watched() const;
  [[nodiscard]] bool must_be_asked() const;
  [[nodiscard]] bool is_over();

 private:
  struct Member {
    pid_t id;
    tracer::Fd end;
  };
  bool is_endless_ = true;
  std::vector<Member> alive_;
};

}  // namespace msgstat::cli
