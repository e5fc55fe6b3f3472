#include "tracer/symbol/unwinder.hpp"

#include <elfutils/libdwfl.h>

#include <algorithm>
#include <cstring>
#include <string>

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
int find_no_file(Dwfl_Module* /*module*/, void** /*data*/, const char* /*name*/,
                 Dwarf_Addr /*base*/, char** /*file*/, Elf** /*elf*/) {
  return -1;
}

constexpr Dwfl_Callbacks kFiles = {.find_elf = find_no_file,
                                   .find_debuginfo = find_no_debug_file,
                                   .section_address = nullptr,
                                   .debuginfo_path = nullptr};

struct Sample {
  std::span<const std::uint64_t> registers;
  std::span<const std::byte> stack;
};

pid_t next_thread(Dwfl* /*dwfl*/, void* /*arg*/, void** /*thread*/) { return 0; }

bool get_thread(Dwfl* /*dwfl*/, pid_t /*tid*/, void* arg, void** thread) {
  *thread = arg;
  return true;
}

bool read_stack(Dwfl* /*dwfl*/, Dwarf_Addr address, Dwarf_Word* result, void* arg) {
  const Sample& sample = **static_cast<const Sample**>(arg);
  const std::uint64_t begin = sample.registers[kStackPointer];
  if (address < begin || address - begin > sample.stack.size() ||
      sample.stack.size() - (address - begin) < sizeof *result)
    return false;
  std::memcpy(result, sample.stack.data() + (address - begin), sizeof *result);
  return true;
}

bool set_registers(Dwfl_Thread* thread, void* arg) {
  const Sample& sample = **static_cast<const Sample**>(arg);
  Dwarf_Word registers[kPreserved] = {};
  std::copy_n(sample.registers.begin(), kPreserved, registers);
  if (kPcIsNumbered) registers[kPreserved - 1] = sample.registers.back();
  if (!kPcIsNumbered) dwfl_thread_state_register_pc(thread, sample.registers.back());
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
  std::unique_ptr<Dwfl, decltype(&dwfl_end)> dwfl{dwfl_begin(&kFiles), dwfl_end};
  const Sample* current = nullptr;
  bool is_attached = false;
};

Unwinder::Unwinder(AddressSpace& space) : impl_(std::make_unique<Impl>()) {
  Dwfl* dwfl = impl_->dwfl.get();
  if (dwfl == nullptr) return;
  dwfl_report_begin(dwfl);
  for (const CodeFile& file : space.code_files())
    dwfl_report_elf(dwfl, file.name.c_str(), file.readable_path.c_str(), -1, file.bias, true);
  dwfl_report_end(dwfl, nullptr, nullptr);
  // The id is for messages only: nothing is read of the process.
  impl_->is_attached = dwfl_attach_state(dwfl, nullptr, 1, &kThreads, &impl_->current);
}

Unwinder::~Unwinder() = default;

std::vector<std::uint64_t> Unwinder::unwind(std::span<const std::uint64_t> registers,
                                            std::span<const std::byte> stack) {
  if (!impl_->is_attached || registers.size() <= kPreserved) return {};
  const Sample sample{.registers = registers, .stack = stack};
  impl_->current = &sample;
  Walk walk{.dwfl = impl_->dwfl.get(), .addresses = {}};
  dwfl_getthread_frames(walk.dwfl, 1, note_frame, &walk);
  impl_->current = nullptr;
  return std::move(walk.addresses);
}

}  // namespace msgstat::tracer
