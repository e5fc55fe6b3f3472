#include "tracer/probe/syscall_counts.hpp"

#include <bpf/bpf.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <fstream>
#include <map>
#include <numeric>
#include <optional>
#include <string>

#include "bpf/abi.h"
#include "bpf/syscalls.skel.h"
#include "tracer/error.hpp"
#include "tracer/mapping.hpp"
#include "tracer/probe/call_cell.hpp"
#include "tracer/probe/kernel_clock.hpp"
#include "tracer/probe/object.hpp"
#include "tracer/probe/syscall_times.hpp"
#include "tracer/probe/target_filter.hpp"
#include "tracer/probe/thread_calls.hpp"

namespace msgstat::tracer {
namespace {

using Key = std::pair<std::uint32_t, int>;  // cell, errno

std::uint64_t read_shared(__u64& count) {
  return std::atomic_ref(count).load(std::memory_order_relaxed);
}

// How many there can be in the init namespace; another has a limit of its own, and does not show
// it.
std::uint32_t count_thread_ids(const TargetFilter& filter) {
  std::uint32_t most = 0;
  if (filter.namespace_level() > 0 || !(std::ifstream("/proc/sys/kernel/pid_max") >> most))
    return PID_LIMIT;
  return std::min<std::uint32_t>(most + 1, PID_LIMIT);
}

}  // namespace

struct SyscallCounts::Impl {
  const TargetFilter* filter = nullptr;
  SkeletonOwner<syscalls_bpf> skeleton;
  Mapping counts;
  unsigned cpus = 0;
  std::vector<Link> links;
  bool hooks_elsewhere = false;
  std::optional<SyscallTimes> times;
  std::optional<ThreadCalls> threads;
  // What each bank held when it was last collected.
  std::vector<syscall_count> base[BANKS];
  std::map<Key, std::uint64_t> error_base[BANKS];
  loss loss_base{};

  [[nodiscard]] syscall_count sum(std::uint32_t bank, std::uint32_t cell) const {
    syscall_count total{};
    for (unsigned cpu = 0; cpu < cpus; ++cpu) {
      auto& row = counts.as<syscall_count>()[(cpu * BANKS + bank) * SYSCALL_CELLS + cell];
      total.calls += read_shared(row.calls);
      total.errors += read_shared(row.errors);
    }
    return total;
  }
  std::map<std::uint32_t, std::map<int, std::uint64_t>> collect_errors(std::uint32_t bank);
  loss take_losses();
};

SyscallCounts::SyscallCounts(const TargetFilter& filter, Level level, bool by_thread)
    : impl_(std::make_unique<Impl>()) {
  impl_->filter = &filter;
  impl_->skeleton.reset(syscalls_bpf::open());
  if (!impl_->skeleton) throw_load_error(errno, "counting system calls");
  const auto& maps = impl_->skeleton->maps;
  impl_->cpus = static_cast<unsigned>(check(libbpf_num_possible_cpus(), "count the CPUs"));
  const std::uint32_t rows = impl_->cpus * BANKS * SYSCALL_CELLS;
  check(bpf_map__set_max_entries(maps.counts, rows), "size the map of counts");
  const bool timed = level >= Level::kLatency;
  impl_->skeleton->rodata->timed = timed;
  bpf_program__set_autoload(impl_->skeleton->progs.note_entry, timed);
  if (timed) {
    SyscallTimes::size_maps(maps.times, maps.histograms, impl_->cpus);
    check(bpf_map__set_max_entries(maps.entered, count_thread_ids(filter)),
          "size the map of entries");
  }
  impl_->skeleton->rodata->settings_of_calls = {
      .histogram_rows = SyscallTimes::count_rows(impl_->cpus), .by_thread = by_thread};
  if (by_thread) ThreadCalls::size_map(maps.thread_calls);
  filter.share_with(maps.bss);
  tracer::load(impl_->skeleton, "counting system calls");
  impl_->counts = Mapping(bpf_map__fd(maps.counts), rows * sizeof(syscall_count),
                          Mapping::Access::kRead, "the map of counts");
  impl_->skeleton->data_own->reader_level = filter.namespace_level();
  if (by_thread) impl_->threads.emplace(maps.thread_calls, timed);
  if (timed) impl_->times.emplace(maps.times, maps.histograms, maps.histogram_of, impl_->cpus);
  for (auto& base : impl_->base) base.resize(SYSCALL_CELLS);
}

SyscallCounts::~SyscallCounts() = default;

call_settings SyscallCounts::share_with(const bpf_object* other) const {
  const auto& maps = impl_->skeleton->maps;
  for (const bpf_map* map : {maps.counts, maps.errors, maps.losses, maps.times, maps.histogram_of,
                             maps.histograms, maps.thread_calls}) {
    bpf_map* same = bpf_object__find_map_by_name(other, bpf_map__name(map));
    if (same == nullptr) throw Error(std::string("no map ") + bpf_map__name(map) + " to share");
    check(bpf_map__reuse_fd(same, bpf_map__fd(map)), "share the counts of system calls");
  }
  return impl_->skeleton->rodata->settings_of_calls;
}

void SyscallCounts::leave_hooks_to_other() { impl_->hooks_elsewhere = true; }

void SyscallCounts::arm() {
  if (impl_->hooks_elsewhere) return;
  const auto& programs = impl_->skeleton->progs;
  const auto hook = [this](const bpf_program* program, const char* what) {
    impl_->links.push_back(attach(program, what));
  };
  if (impl_->times) {
    impl_->skeleton->data_own->armed_ns = kernel_now_ns();
    hook(programs.note_entry, "timing system calls");
  }
  hook(programs.count_return, "counting system calls");
  hook(programs.count_exit, "counting exits");
}

void SyscallCounts::disarm() { impl_->links.clear(); }

std::map<std::uint32_t, std::map<int, std::uint64_t>> SyscallCounts::Impl::collect_errors(
    std::uint32_t bank) {
  std::map<std::uint32_t, std::map<int, std::uint64_t>> changed;
  const int fd = bpf_map__fd(skeleton->maps.errors);
  std::vector<std::uint64_t> per_cpu(cpus);
  error_key key{};
  for (const void* previous = nullptr; bpf_map_get_next_key(fd, previous, &key) == 0;
       previous = &key) {
    if (key.bank != bank || bpf_map_lookup_elem(fd, &key, per_cpu.data()) != 0) continue;
    const std::uint64_t total = std::accumulate(per_cpu.begin(), per_cpu.end(), std::uint64_t{0});
    std::uint64_t& base_count = error_base[bank][{key.cell, static_cast<int>(key.error)}];
    if (total != base_count) changed[key.cell][static_cast<int>(key.error)] = total - base_count;
    base_count = total;
  }
  return changed;
}

void SyscallCounts::collect(Window& window) {
  const std::uint32_t bank = impl_->filter->bank() ^ 1U;
  auto errors = impl_->collect_errors(bank);
  std::vector<SyscallCount> rows;
  for (std::uint32_t cell = 0; cell < SYSCALL_CELLS; ++cell) {
    syscall_count& base = impl_->base[bank][cell];
    const syscall_count now = impl_->sum(bank, cell);
    if (now.calls != base.calls) {
      rows.push_back({.name = name_of_cell(cell),
                      .abi = abi_of_cell(cell),
                      .number = number_of_cell(cell),
                      .calls = now.calls - base.calls,
                      .errors = now.errors - base.errors,
                      .errors_by_errno = std::move(errors[cell])});
      if (impl_->times) rows.back().time = impl_->times->take(bank, cell);
    }
    base = now;
  }
  window.syscalls = std::move(rows);
  const loss lost = impl_->take_losses();
  window.loss->map_full = lost.error_map_full;
  window.loss->untimed = lost.untimed;
}

void SyscallCounts::take_threads(ThreadTable& table) {
  if (impl_->threads) impl_->threads->take(impl_->filter->bank() ^ 1U, table);
}

std::uint64_t SyscallCounts::calls_so_far() const {
  const std::uint32_t bank = impl_->filter->bank();
  std::uint64_t calls = 0;
  for (std::uint32_t cell = 0; cell < SYSCALL_CELLS; ++cell)
    calls += impl_->sum(bank, cell).calls - impl_->base[bank][cell].calls;
  return calls;
}

loss SyscallCounts::Impl::take_losses() {
  std::vector<loss> per_cpu(cpus);
  const std::uint32_t key = 0;
  check(bpf_map_lookup_elem(bpf_map__fd(skeleton->maps.losses), &key, per_cpu.data()),
        "read the counts of loss");
  loss total{};
  for (const loss& on_cpu : per_cpu) {
    total.error_map_full += on_cpu.error_map_full;
    total.untimed += on_cpu.untimed;
  }
  const loss before = std::exchange(loss_base, total);
  return {.untimed = total.untimed - before.untimed,
          .error_map_full = total.error_map_full - before.error_map_full};
}

std::vector<int> SyscallCounts::program_fds() const {
  std::vector<int> fds{bpf_program__fd(impl_->skeleton->progs.count_return),
                       bpf_program__fd(impl_->skeleton->progs.count_exit)};
  if (impl_->times) fds.push_back(bpf_program__fd(impl_->skeleton->progs.note_entry));
  return fds;
}

}  // namespace msgstat::tracer
