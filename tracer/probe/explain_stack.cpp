#include "tracer/probe/explain_stack.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

#include "tracer/error.hpp"
#include "tracer/probe/explain_futex.hpp"
#include "tracer/probe/explain_time.hpp"
#include "tracer/symbol/unwinder.hpp"

namespace msgstat::tracer {
namespace {

constexpr std::size_t kKept = 1000;        // samples of a window
constexpr std::size_t kSitesListed = 20;   // of a word, and of sleeps
constexpr std::size_t kFramesListed = 16;  // of a site

// How often a process is looked at, and whether it is Python yet.
constexpr auto kLookAgain = std::chrono::milliseconds(100);
constexpr int kLooks = 10;

bool is_interpreter(const StackFrame& frame) {
  return frame.function == "_PyEval_EvalFrameDefault";
}

// The interpreter's loop is one frame for all of Python's that it runs.
void put_in_python(std::vector<StackFrame>& frames, const std::vector<StackFrame>& python) {
  if (python.empty()) return;
  frames.erase(std::find_if(frames.begin(), frames.end(), is_interpreter), frames.end());
  frames.insert(frames.end(), python.begin(), python.end());
}

std::vector<StackFrame> describe(const std::optional<PythonProcess>& process,
                                 const std::vector<python_frame>& frames) {
  std::vector<StackFrame> described;
  for (const python_frame& frame : frames) {
    auto one = process ? process->describe(frame) : std::nullopt;
    if (!one) break;
    described.push_back(std::move(*one));
  }
  return described;
}

class Sites {
 public:
  void add(const std::string& call, const std::vector<StackFrame>& frames, std::uint64_t calls,
           std::uint64_t asleep_ns) {
    auto& [site, squares] = sites_[{call, frames}];
    ++site.samples;
    site.calls += calls;
    site.asleep_ns += asleep_ns;
    squares += static_cast<double>(calls) * static_cast<double>(calls);
  }
  // `scale`: samples that came for each that was kept.
  [[nodiscard]] std::vector<CallSite> list(std::uint64_t CallSite::*weight, double scale) const {
    std::vector<CallSite> listed;
    for (const auto& [key, counted] : sites_) {
      CallSite& site = listed.emplace_back(counted.site);
      site.call = key.first;
      site.frames = key.second;
      // A sample that stands for w calls had a chance of 1 / w: its variance is w (w - 1).
      const double calls = static_cast<double>(site.calls) * scale;
      site.calls_error = std::sqrt(std::max(counted.squares * scale * scale - calls, 0.0));
      site.calls = static_cast<std::uint64_t>(calls);
      site.asleep_ns = static_cast<std::uint64_t>(static_cast<double>(site.asleep_ns) * scale);
    }
    std::stable_sort(listed.begin(), listed.end(), [weight](const CallSite& a, const CallSite& b) {
      return a.*weight > b.*weight;
    });
    if (listed.size() > kSitesListed) listed.resize(kSitesListed);
    return listed;
  }

 private:
  struct Counted {
    CallSite site;
    double squares = 0;  // of the calls that each sample stands for
  };
  std::map<std::pair<std::string, std::vector<StackFrame>>, Counted> sites_;
};

}  // namespace

AddressSpace& AddressSpaces::of(std::uint32_t tgid, pid_t pid) {
  return spaces_.try_emplace(tgid, pid).first->second;
}

void AddressSpaces::refresh() {
  for (auto& [tgid, space] : spaces_) space.refresh();
}

void StackSamples::RingDeleter::operator()(ring_buffer* ring) const { ring_buffer__free(ring); }

StackSamples::StackSamples(const bpf_map* ring, const bpf_map* pythons, AddressSpaces& spaces)
    : ring_(ring_buffer__new(bpf_map__fd(ring), note, this, nullptr)),
      pythons_(bpf_map__fd(pythons)),
      spaces_(spaces) {
  if (!ring_) throw Error("map the ring of stack samples", {}, errno);
}

StackSamples::~StackSamples() = default;

int StackSamples::note(void* self, void* data, std::size_t size) noexcept {
  // A sample that cannot be kept is lost, as one that found no room in the ring.
  auto& samples = *static_cast<StackSamples*>(self);
  try {
    if (size >= sizeof(stack_sample)) samples.add(*static_cast<const stack_sample*>(data));
  } catch (const std::exception&) {
    ++samples.not_taken_;
  }
  return 0;
}

void StackSamples::drain() { ring_buffer__consume(ring_.get()); }

void StackSamples::forget() {
  drain();
  for (Bank& bank : banks_) bank = {};
  not_taken_ = 0;
}

// From the next sample on the kernel's side knows where its Python frames are.
StackSamples::Met& StackSamples::meet(const stack_sample& raw) {
  const auto now = std::chrono::steady_clock::now();
  AddressSpace& space = spaces_.of(raw.tgid, static_cast<pid_t>(raw.pid));
  Met& met = met_[raw.tgid];
  const bool is_strange = !space.has_code(raw.registers[REGISTER_PC]);
  const bool may_be_python = !met.python && met.looks < kLooks;
  if (met.looks > 0 && (now - met.looked < kLookAgain || (!is_strange && !may_be_python)))
    return met;
  if (met.looks > 0) space.refresh();
  met.looked = now;
  ++met.looks;
  auto python = PythonProcess::find(space);
  if (!met.python || !python || !met.python->is_same(*python)) met.python = std::move(python);
  if (met.python)
    bpf_map_update_elem(pythons_, &raw.tgid, &met.python->layout(), BPF_ANY);
  else
    bpf_map_delete_elem(pythons_, &raw.tgid);
  return met;
}

void StackSamples::add(const stack_sample& raw) {
  const auto pid = static_cast<pid_t>(raw.pid);
  Met& met = meet(raw);
  Bank& bank = banks_[raw.bank & 1U];
  std::size_t place = bank.samples.size();
  if (bank.seen++ >= kKept) {
    place = std::uniform_int_distribution<std::size_t>(0, bank.seen - 1)(random_);
    if (place >= kKept) return;
  } else {
    bank.samples.emplace_back();
  }
  const std::size_t python = std::min<std::size_t>(raw.python_frames, PYTHON_FRAMES);
  const std::size_t stack = std::min<std::size_t>(raw.stack_bytes, STACK_BYTES);
  const auto* bytes = reinterpret_cast<const std::byte*>(raw.stack);
  bank.samples[place] = {.tgid = raw.tgid,
                         .pid = pid,
                         .call = raw.operation < FUTEX_OPERATIONS ? futex_operation(raw.operation)
                                                                  : call_name(raw.cell),
                         .address = raw.address,
                         .calls = raw.calls,
                         .asleep_ns = raw.asleep_ns,
                         .registers = {std::begin(raw.registers), std::end(raw.registers)},
                         .python = {raw.python, raw.python + python},
                         .stack = {bytes, bytes + stack}};
  if (met.python)
    for (std::size_t i = 0; i < python; ++i) met.python->learn(raw.python[i]);
}

StackReading StackSamples::take(std::uint32_t bank_number) {
  const Bank bank = std::exchange(banks_[bank_number & 1U], {});
  std::map<std::uint32_t, std::vector<const Sample*>> by_process;
  for (const Sample& sample : bank.samples) by_process[sample.tgid].push_back(&sample);
  StackReading reading;
  reading.not_taken = std::exchange(not_taken_, 0);
  std::map<std::pair<std::uint32_t, std::uint64_t>, Sites> by_word;
  Sites asleep;
  for (const auto& [tgid, samples] : by_process) {
    AddressSpace& space = spaces_.of(tgid, samples.front()->pid);
    std::vector<StackCopy> copies;
    for (const Sample* sample : samples)
      copies.push_back({.registers = sample->registers, .stack = sample->stack});
    const auto walks = unwind_confined(space.code_files(), copies);
    reading.not_taken += samples.size() - walks.size();
    std::map<std::uint64_t, StackFrame> known;  // by address
    for (std::size_t i = 0; i < walks.size(); ++i) {
      const Sample& sample = *samples[i];
      std::vector<StackFrame> frames;
      for (const std::uint64_t address : walks[i]) {
        const auto [frame, is_new] = known.try_emplace(address);
        if (is_new) frame->second = space.frame(address);
        frames.push_back(frame->second);
      }
      put_in_python(frames, describe(met_[tgid].python, sample.python));
      if (frames.size() > kFramesListed) frames.resize(kFramesListed);
      if (frames.empty()) continue;
      if (sample.calls > 0)
        by_word[{tgid, sample.address}].add(sample.call, frames, sample.calls, 0);
      if (sample.asleep_ns > 0) asleep.add(sample.call, frames, 0, sample.asleep_ns);
    }
  }
  const double scale = bank.samples.empty() ? 1
                                            : static_cast<double>(bank.seen) /
                                                  static_cast<double>(bank.samples.size());
  for (const auto& [word, sites] : by_word)
    reading.by_word[word] = sites.list(&CallSite::calls, scale);
  reading.asleep = asleep.list(&CallSite::asleep_ns, scale);
  return reading;
}

}  // namespace msgstat::tracer
