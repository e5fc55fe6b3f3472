#include "tracer/probe/explain.hpp"

#include <bpf/bpf.h>
#include <ctime>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>
#include <utility>

#include "bpf/abi.h"
#include "bpf/explain.skel.h"
#include "tracer/error.hpp"
#include "tracer/mapping.hpp"
#include "tracer/probe/explain_futex.hpp"
#include "tracer/probe/explain_stack.hpp"
#include "tracer/probe/explain_time.hpp"
#include "tracer/probe/kernel_clock.hpp"
#include "tracer/probe/map_entries.hpp"
#include "tracer/probe/object.hpp"
#include "tracer/probe/syscall_counts.hpp"
#include "tracer/probe/target_filter.hpp"

namespace msgstat::tracer {
namespace {

constexpr const char* kWhat = "what threads wait for";

// All entries of `bank` in a hash map whose key has a `bank`; they leave the map.
template <typename Key, typename Value>
std::vector<std::pair<Key, Value>> take_bank(const bpf_map* map, std::uint32_t bank) {
  std::vector<std::pair<Key, Value>> entries;
  take_entries<Key>(
      bpf_map__fd(map), sizeof(Value), [bank](const Key& key) { return key.bank == bank; },
      [&entries](const Key& key, const void* value) {
        entries.emplace_back(key, *static_cast<const Value*>(value));
      });
  return entries;
}

class ExplainProbe final : public Probe {
 public:
  ExplainProbe(const TargetFilter& filter, SyscallCounts& counts) : filter_(filter) {
    skeleton_.reset(explain_bpf::open());
    if (!skeleton_) throw_load_error(errno, kWhat);
    const auto& maps = skeleton_->maps;
    cpus_ = static_cast<unsigned>(check(libbpf_num_possible_cpus(), "count the CPUs"));
    check(bpf_map__set_max_entries(maps.call_times, cpus_ * BANKS * TIME_CELLS), "size a map");
    check(bpf_map__set_max_entries(maps.wakeups, cpus_ * BANKS), "size a map");
    // Each CPU takes its part of what one window can hold of samples, some 200 a second.
    constexpr unsigned kSliceSamples = 24;
    skeleton_->rodata->sample_quota = std::max(2U, kSliceSamples / cpus_);
    filter.share_with(maps.bss);
    skeleton_->rodata->settings_of_calls = counts.share_with(skeleton_->obj);
    tracer::load(skeleton_, kWhat);
    times_ = Mapping(bpf_map__fd(maps.call_times),
                     std::size_t{cpus_} * BANKS * TIME_CELLS * sizeof(call_time),
                     Mapping::Access::kReadWrite, "the map of times");
    wakeups_ =
        Mapping(bpf_map__fd(maps.wakeups), std::size_t{cpus_} * BANKS * sizeof(time_histogram),
                Mapping::Access::kReadWrite, "the map of wake-ups");
    stacks_.emplace(maps.samples, maps.pythons, spaces_);
    counts.leave_hooks_to_other();
  }

  void arm() override {
    const auto& programs = skeleton_->progs;
    skeleton_->data_own->reader_level = filter_.namespace_level();
    skeleton_->data_own->armed_ns = kernel_now_ns();
    stacks_->forget();
    for (bpf_program* program : {programs.start_thread, programs.end_thread, programs.wake_thread,
                                 programs.switch_threads, programs.enter_call, programs.leave_call})
      links_.push_back(attach(program, kWhat));
  }

  void disarm() override { links_.clear(); }

  void drain() override { stacks_->drain(); }

  void collect(Window& window) override {
    const std::uint32_t bank = filter_.bank() ^ 1U;
    TimeReading reading{.opened_ns = filter_.opened_ns(bank),
                        .closed_ns = filter_.opened_ns(bank ^ 1U)};
    reading.alive = read_records();
    for (const auto& [key, record] :
         take_bank<ended_key, thread_record>(skeleton_->maps.ended, bank))
      if (record.time.opened_ns == reading.opened_ns) reading.ended.push_back(record);
    take_times(bank, reading);
    explain_loss lost = take_losses();
    reading.lost = lost.threads_full + lost.ended_full;

    stacks_->drain();
    spaces_.refresh();
    StackReading sites = stacks_->take(bank);
    lost.samples_full += sites.not_taken;
    FutexReading futexes{
        .words = take_bank<futex_key, futex_word>(skeleton_->maps.words, bank),
        .hand_offs = take_bank<hand_off_key, hand_off>(skeleton_->maps.hand_offs, bank),
        .loss = lost,
        .processes = {},
        .names = {},
        .sites = std::move(sites.by_word)};
    for (const auto* records : {&reading.alive, &reading.ended})
      for (const thread_record& record : *records) {
        futexes.processes[record.tgid] = record.pid;
        futexes.names[{record.tgid, record.tid}] = text_of(record.name);
      }
    skeleton_->data_own->pairs_full[bank] = 0;
    window.futex = describe(std::move(futexes), spaces_);
    window.sched = describe(reading);
    window.sched->sites = std::move(sites.asleep);
  }

  [[nodiscard]] std::vector<int> program_fds() const override {
    const auto& programs = skeleton_->progs;
    std::vector<int> fds;
    for (const bpf_program* program :
         {programs.start_thread, programs.end_thread, programs.wake_thread, programs.switch_threads,
          programs.enter_call, programs.leave_call})
      fds.push_back(bpf_program__fd(program));
    return fds;
  }

 private:
  [[nodiscard]] std::vector<thread_record> read_records() const {
    const std::string bytes =
        run_iterator(skeleton_->progs.dump_threads, nullptr, "read the threads' times");
    std::vector<thread_record> records(bytes.size() / sizeof(thread_record));
    if (!records.empty())
      std::memcpy(records.data(), bytes.data(), records.size() * sizeof(thread_record));
    return records;
  }

  // Of all CPUs; the rows begin again at 0.
  void take_times(std::uint32_t bank, TimeReading& reading) {
    reading.calls.resize(TIME_CELLS);
    for (unsigned cpu = 0; cpu < cpus_; ++cpu) {
      for (std::uint32_t cell = 0; cell < TIME_CELLS; ++cell) {
        call_time& row = times_.as<call_time>()[(cpu * BANKS + bank) * TIME_CELLS + cell];
        call_time& total = reading.calls[cell];
        total.kernel_ns += std::atomic_ref(row.kernel_ns).exchange(0);
        total.blocked_ns += std::atomic_ref(row.blocked_ns).exchange(0);
        total.runnable_ns += std::atomic_ref(row.runnable_ns).exchange(0);
      }
      time_histogram& row = wakeups_.as<time_histogram>()[cpu * BANKS + bank];
      for (std::size_t slot = 0; slot < HISTOGRAM_SLOTS; ++slot)
        reading.wakeups[slot] += std::atomic_ref(row.slots[slot]).exchange(0);
    }
  }

  explain_loss take_losses() {
    std::vector<explain_loss> per_cpu(cpus_);
    const std::uint32_t key = 0;
    check(bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.explain_losses), &key, per_cpu.data()),
          "read the counts of loss");
    explain_loss now{};
    for (const explain_loss& on_cpu : per_cpu) {
      now.threads_full += on_cpu.threads_full;
      now.ended_full += on_cpu.ended_full;
      now.futex_full += on_cpu.futex_full;
      now.hand_offs_full += on_cpu.hand_offs_full;
      now.other_abi += on_cpu.other_abi;
      now.samples_full += on_cpu.samples_full;
      now.samples += on_cpu.samples;
      now.sample_ns += on_cpu.sample_ns;
    }
    const explain_loss base = std::exchange(losses_base_, now);
    return {.threads_full = now.threads_full - base.threads_full,
            .ended_full = now.ended_full - base.ended_full,
            .futex_full = now.futex_full - base.futex_full,
            .hand_offs_full = now.hand_offs_full - base.hand_offs_full,
            .other_abi = now.other_abi - base.other_abi,
            .samples_full = now.samples_full - base.samples_full,
            .samples = now.samples - base.samples,
            .sample_ns = now.sample_ns - base.sample_ns};
  }

  const TargetFilter& filter_;
  SkeletonOwner<explain_bpf> skeleton_;
  Mapping times_;
  Mapping wakeups_;
  unsigned cpus_ = 0;
  std::vector<Link> links_;
  explain_loss losses_base_{};
  AddressSpaces spaces_;
  std::optional<StackSamples> stacks_;
};

}  // namespace

std::unique_ptr<Probe> make_explain_probe(const TargetFilter& filter, SyscallCounts& counts) {
  return std::make_unique<ExplainProbe>(filter, counts);
}

}  // namespace msgstat::tracer
