#include "tracer/symbol/unwinder.hpp"

#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "tracer/symbol/confined.hpp"

namespace msgstat::tracer {
namespace {

constexpr std::size_t kMostFrames = 64;
#if defined(__x86_64__)
constexpr std::size_t kStackPointer = 7;  // DWARF numbers, as bpf/arch.h
constexpr unsigned kPreserved = 17;       // the 17th is the return address
constexpr bool kPcIsNumbered = true;
#else
constexpr std::size_t kStackPointer = 31;
constexpr unsigned kPreserved = 32;
constexpr bool kPcIsNumbered = false;
#endif

// Only what the process itself has mapped is read: no debug files are looked for, in particular not
// on the network, as libdw's own callbacks would by DEBUGINFOD_URLS.
int find_no_debug_file(Dwfl_Module* /*module*/, void** /*data*/, const char* /*name*/,
                       Dwarf_Addr /*base*/, const char* /*file*/, const char* /*link*/,
                       GElf_Word /*crc*/, char** /*found*/) {
  return -1;
}

// To be read, where libdw itself would map it: the target can change its file meanwhile, and one
// that shrinks under a mapping raises SIGBUS. `data`: a CodeFile. libdw owns the descriptor.
int open_file(Dwfl_Module* /*module*/, void** data, const char* /*name*/, Dwarf_Addr /*base*/,
              char** /*path*/, Elf** elf) {
  const auto& file = *static_cast<const CodeFile*>(*data);
  const int fd = ::open(file.readable_path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  elf_version(EV_CURRENT);
  *elf = elf_begin(fd, ELF_C_READ, nullptr);
  if (*elf != nullptr) return fd;
  ::close(fd);
  return -1;
}

constexpr Dwfl_Callbacks kFiles = {.find_elf = open_file,
                                   .find_debuginfo = find_no_debug_file,
                                   .section_address = nullptr,
                                   .debuginfo_path = nullptr};

pid_t next_thread(Dwfl* /*dwfl*/, void* /*arg*/, void** /*thread*/) { return 0; }

bool get_thread(Dwfl* /*dwfl*/, pid_t /*tid*/, void* arg, void** thread) {
  *thread = arg;
  return true;
}

bool read_stack(Dwfl* /*dwfl*/, Dwarf_Addr address, Dwarf_Word* result, void* arg) {
  const StackCopy& copy = **static_cast<const StackCopy**>(arg);
  const std::uint64_t begin = copy.registers[kStackPointer];
  if (address < begin || address - begin > copy.stack.size() ||
      copy.stack.size() - (address - begin) < sizeof *result)
    return false;
  std::memcpy(result, copy.stack.data() + (address - begin), sizeof *result);
  return true;
}

bool set_registers(Dwfl_Thread* thread, void* arg) {
  const StackCopy& copy = **static_cast<const StackCopy**>(arg);
  Dwarf_Word registers[kPreserved] = {};
  std::copy_n(copy.registers.begin(), kPreserved, registers);
  if (kPcIsNumbered) registers[kPreserved - 1] = copy.registers.back();
  if (!kPcIsNumbered) dwfl_thread_state_register_pc(thread, copy.registers.back());
  return dwfl_thread_state_registers(thread, 0, kPreserved, registers);
}

constexpr Dwfl_Thread_Callbacks kThreads = {.next_thread = next_thread,
                                            .get_thread = get_thread,
                                            .memory_read = read_stack,
                                            .set_initial_registers = set_registers,
                                            .detach = nullptr,
                                            .thread_detach = nullptr};

struct Walk {
  Dwfl* dwfl;
  std::vector<std::uint64_t> addresses;
};

int note_frame(Dwfl_Frame* frame, void* arg) {
  Walk& walk = *static_cast<Walk*>(arg);
  Dwarf_Addr pc = 0;
  bool is_interrupted = false;
  if (!dwfl_frame_pc(frame, &pc, &is_interrupted)) return DWARF_CB_ABORT;
  // A return address may be the first byte after its function: the call is before it.
  const bool is_innermost = walk.addresses.empty();
  const Dwarf_Addr call = is_innermost || is_interrupted ? pc : pc - 1;
  if (dwfl_addrmodule(walk.dwfl, call) == nullptr) return DWARF_CB_ABORT;
  walk.addresses.push_back(call);
  return walk.addresses.size() < kMostFrames ? DWARF_CB_OK : DWARF_CB_ABORT;
}

}  // namespace

struct Unwinder::Impl {
  std::vector<CodeFile> files;  // before dwfl, which refers to them
  std::unique_ptr<Dwfl, decltype(&dwfl_end)> dwfl{dwfl_begin(&kFiles), dwfl_end};
  const StackCopy* current = nullptr;
  bool is_attached = false;
};

Unwinder::Unwinder(std::vector<CodeFile> files) : impl_(std::make_unique<Impl>()) {
  Dwfl* dwfl = impl_->dwfl.get();
  if (dwfl == nullptr) return;
  impl_->files = std::move(files);
  dwfl_report_begin(dwfl);
  for (CodeFile& file : impl_->files) {
    Dwfl_Module* module = dwfl_report_module(dwfl, file.name.c_str(), file.begin, file.end);
    void** data = nullptr;
    dwfl_module_info(module, &data, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr);
    if (data != nullptr) *data = &file;
  }
  dwfl_report_end(dwfl, nullptr, nullptr);
  // The id is for messages only: nothing is read of the process.
  impl_->is_attached = dwfl_attach_state(dwfl, nullptr, 1, &kThreads, &impl_->current);
}

Unwinder::~Unwinder() = default;

std::vector<std::uint64_t> Unwinder::unwind(const StackCopy& copy) {
  if (!impl_->is_attached || copy.registers.size() <= kPreserved) return {};
  impl_->current = &copy;
  Walk walk{.dwfl = impl_->dwfl.get(), .addresses = {}};
  dwfl_getthread_frames(walk.dwfl, 1, note_frame, &walk);
  impl_->current = nullptr;
  return std::move(walk.addresses);
}

std::vector<std::vector<std::uint64_t>> unwind_confined(const std::vector<CodeFile>& files,
                                                        const std::vector<StackCopy>& copies) {
  // Of each copy: how many calls, then those.
  const std::vector<std::uint64_t> words = run_confined([&](const SendWords& send) {
    Unwinder unwinder(files);
    for (const StackCopy& copy : copies) {
      std::vector<std::uint64_t> calls = unwinder.unwind(copy);
      calls.insert(calls.begin(), calls.size());
      send(calls);
    }
  });
  std::vector<std::vector<std::uint64_t>> all;
  for (std::span<const std::uint64_t> left = words; !left.empty();) {
    const std::uint64_t calls = left.front();
    left = left.subspan(1);
    if (calls > left.size()) break;
    const auto of = left.first(calls);
    all.emplace_back(of.begin(), of.end());
    left = left.subspan(calls);
  }
  return all;
}

}  // namespace msgstat::tracer
