#include "tests/kernel/fault_injector.hpp"

#include <execinfo.h>
#include <link.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <set>
#include <system_error>

namespace kernel_test {

#if defined(__x86_64__)

// Calls from here are never handed to the handler: its own, and its return.
__asm__(
    ".pushsection .text\n"
    ".globl msgstat_fault_begin, msgstat_fault_call, msgstat_fault_return, msgstat_fault_end\n"
    ".hidden msgstat_fault_begin, msgstat_fault_call, msgstat_fault_return, msgstat_fault_end\n"
    "msgstat_fault_begin:\n"
    "msgstat_fault_call:\n"  // (number, arguments): as the kernel takes them
    "mov %rdi, %rax\n"
    "mov 0(%rsi), %rdi\n"
    "mov 16(%rsi), %rdx\n"
    "mov 24(%rsi), %r10\n"
    "mov 32(%rsi), %r8\n"
    "mov 40(%rsi), %r9\n"
    "mov 8(%rsi), %rsi\n"
    "syscall\n"
    "ret\n"
    "msgstat_fault_return:\n"
    "mov $15, %rax\n"
    "syscall\n"
    "ud2\n"  // where the kernel sees the call come from
    "msgstat_fault_end:\n"
    ".popsection\n");
extern "C" {
extern char msgstat_fault_begin[];
extern char msgstat_fault_end[];
extern char msgstat_fault_return[];
long msgstat_fault_call(long number, const long* arguments);
}

namespace {

struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

// What the handler reads: one stretch at a time.
struct State {
  std::size_t nth = 0;
  int error = 0;
  std::size_t calls = 0;
  long failed = -1;
  Range sanitizers[4];
};
State state;
// From where each call of the stretch came, as a hash; those beyond are not told apart.
std::array<std::uint64_t, 65536> sites;
volatile char selector = SYSCALL_DISPATCH_FILTER_ALLOW;

bool is_sanitizers(std::uintptr_t address) {
  for (const Range& range : state.sanitizers)
    if (address >= range.begin && address < range.end) return true;
  return false;
}

__attribute__((no_sanitize("address", "undefined"))) std::uint64_t hash_callers() {
  void* frames[24];
  const int count = ::backtrace(frames, std::size(frames));
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (int i = 0; i < count; ++i)
    hash = (hash ^ reinterpret_cast<std::uintptr_t>(frames[i])) * 1099511628211U;
  return hash;
}

bool gives_back(long number) { return number == SYS_close || number == SYS_munmap; }

__attribute__((no_sanitize("address", "undefined"))) void on_call(int, siginfo_t* info,
                                                                  void* context) {
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  const long number = info->si_syscall;
  const long arguments[6] = {registers[REG_RDI], registers[REG_RSI], registers[REG_RDX],
                             registers[REG_R10], registers[REG_R8],  registers[REG_R9]};
  const bool counts = !is_sanitizers(reinterpret_cast<std::uintptr_t>(info->si_call_addr));
  const bool fails = counts && ++state.calls == state.nth;
  if (counts && state.nth == 0 && state.calls <= sites.size())
    sites[state.calls - 1] = hash_callers();
  long result = 0;
  if (!fails || gives_back(number)) result = msgstat_fault_call(number, arguments);
  if (fails) {
    state.failed = number;
    // brk(2) itself knows no errno: it leaves the break where it is, and says where.
    const long stay[6] = {};
    result = number == SYS_brk ? msgstat_fault_call(number, stay) : -state.error;
  }
  registers[REG_RAX] = result;
}

int find_sanitizers(dl_phdr_info* info, std::size_t, void* found) {
  auto& count = *static_cast<std::size_t*>(found);
  if (std::strstr(info->dlpi_name, "san.so") == nullptr || count == std::size(state.sanitizers))
    return 0;
  Range range{.begin = UINTPTR_MAX};
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_LOAD) continue;
    range.begin = std::min<std::uintptr_t>(range.begin, info->dlpi_addr + header.p_vaddr);
    range.end =
        std::max<std::uintptr_t>(range.end, info->dlpi_addr + header.p_vaddr + header.p_memsz);
  }
  state.sanitizers[count++] = range;
  return 0;
}

// rt_sigaction(2) itself: libc would put its own way back in.
struct KernelAction {
  void (*handler)(int, siginfo_t*, void*);
  unsigned long flags;
  void* restorer;
  std::uint64_t mask;
};

int dispatch(unsigned long mode) {
  return ::prctl(PR_SET_SYSCALL_USER_DISPATCH, mode,
                 mode == PR_SYS_DISPATCH_ON ? msgstat_fault_begin : nullptr,
                 mode == PR_SYS_DISPATCH_ON ? msgstat_fault_end - msgstat_fault_begin : 0,
                 mode == PR_SYS_DISPATCH_ON ? &selector : nullptr);
}

}  // namespace

support::Requirement syscall_dispatch() {
  const int result = dispatch(PR_SYS_DISPATCH_ON);
  const int error = errno;
  dispatch(PR_SYS_DISPATCH_OFF);
  return {"syscall_dispatch", result == 0, result == 0 ? 0 : error,
          "prctl PR_SET_SYSCALL_USER_DISPATCH"};
}

FaultInjector::FaultInjector(std::size_t nth, int error) {
  state = {.nth = nth, .error = error};
  std::size_t count = 0;
  ::dl_iterate_phdr(find_sanitizers, &count);
  hash_callers();                                  // the first call of backtrace(3) loads a library
  constexpr unsigned long kRestorer = 0x04000000;  // SA_RESTORER, asm/signal.h
  const KernelAction action{on_call, SA_SIGINFO | SA_NODEFER | kRestorer, msgstat_fault_return, 0};
  if (::syscall(SYS_rt_sigaction, SIGSYS, &action, nullptr, sizeof action.mask) != 0 ||
      dispatch(PR_SYS_DISPATCH_ON) != 0)
    throw std::system_error(errno, std::generic_category(), "syscall user dispatch");
  resume();
}

FaultInjector::~FaultInjector() {
  pause();
  dispatch(PR_SYS_DISPATCH_OFF);
}

void FaultInjector::pause() { selector = SYSCALL_DISPATCH_FILTER_ALLOW; }
void FaultInjector::resume() { selector = SYSCALL_DISPATCH_FILTER_BLOCK; }
std::size_t FaultInjector::calls() { return state.calls; }
long FaultInjector::failed_call() { return state.failed; }

std::vector<std::size_t> FaultInjector::different_calls() {
  std::map<std::uint64_t, std::vector<std::size_t>> calls_by_site;
  for (std::size_t i = 0; i < std::min(state.calls, sites.size()); ++i)
    calls_by_site[sites[i]].push_back(i + 1);
  std::set<std::size_t> chosen;
  for (const auto& [site, calls] : calls_by_site)
    for (const std::size_t index : {std::size_t{0}, std::size_t{1}, calls.size() - 1})
      if (index < calls.size()) chosen.insert(calls[index]);
  return {chosen.begin(), chosen.end()};
}

#else

support::Requirement syscall_dispatch() {
  return {"syscall_dispatch", false, ENOSYS, "syscall user dispatch on this architecture"};
}
FaultInjector::FaultInjector(std::size_t, int) {}
FaultInjector::~FaultInjector() = default;
void FaultInjector::pause() {}
void FaultInjector::resume() {}
std::size_t FaultInjector::calls() { return 0; }
long FaultInjector::failed_call() { return -1; }
std::vector<std::size_t> FaultInjector::different_calls() { return {}; }

#endif

}  // namespace kernel_test
