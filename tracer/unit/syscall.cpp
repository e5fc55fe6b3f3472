// syscall:NAME: from the counts of calls, of every interface together.
#include "tracer/error.hpp"
#include "tracer/syscall_name.hpp"
#include "tracer/unit/kinds.hpp"

namespace msgstat::tracer {
namespace {

class SyscallUnit final : public Unit {
 public:
  explicit SyscallUnit(std::string name) : name_(std::move(name)) {}
  std::uint64_t collect(const Window& window) override {
    std::uint64_t calls = 0;
    if (!window.syscalls) return 0;
    for (const SyscallCount& call : *window.syscalls)
      if (call.name == name_) calls += call.calls;
    return calls;
  }
  [[nodiscard]] std::string source() const override { return "returns of " + name_; }

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<Unit> make_syscall(const UnitArguments& arguments, const UnitContext&) {
  if (!syscall_number(arguments[0]))
    throw UsageError("there is no system call '" + arguments[0] + "'",
                     "name it as strace does: recvfrom, epoll_wait");
  return std::make_unique<SyscallUnit>(arguments[0]);
}

}  // namespace msgstat::tracer
