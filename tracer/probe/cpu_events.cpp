#include "tracer/probe/cpu_events.hpp"

#include <bpf/bpf.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

#include "bpf/events.skel.h"
#include "tracer/error.hpp"
#include "tracer/mapping.hpp"
#include "tracer/probe/map_entries.hpp"
#include "tracer/probe/object.hpp"
#include "tracer/probe/target_filter.hpp"

namespace msgstat::tracer {
namespace {

constexpr const char* kWhat = "perf events per CPU";

}  // namespace

struct CpuEvents::Impl {
  SkeletonOwner<events_bpf> skeleton;
  Mapping on_cpus;
  unsigned cpus = 0;
  Link link;
  bool by_thread = false;
  std::size_t thread_bytes = 0;  // of a value in the map of threads' events

  // False when it is offline.
  [[nodiscard]] bool cut_on(unsigned cpu) const {
    LIBBPF_OPTS(bpf_test_run_opts, options, .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = cpu);
    const int result = bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.cut), &options);
    if (result == -ENXIO) return false;
    if (result < 0)
      throw Error("cannot read the events of CPU " + std::to_string(cpu), {}, -result);
    return true;
  }
};

CpuEvents::CpuEvents(const TargetFilter& filter, std::size_t events, bool by_thread)
    : impl_(std::make_unique<Impl>()) {
  impl_->skeleton.reset(events_bpf::open());
  if (!impl_->skeleton) throw_load_error(errno, kWhat);
  const auto& maps = impl_->skeleton->maps;
  impl_->cpus = static_cast<unsigned>(check(libbpf_num_possible_cpus(), "count the CPUs"));
  impl_->skeleton->rodata->cpu_count = impl_->cpus;
  impl_->skeleton->rodata->event_count = static_cast<__u32>(events);
  check(bpf_map__set_max_entries(maps.open_events,
                                 std::max<__u32>(1, static_cast<__u32>(events) * impl_->cpus)),
        "size the map of events");
  check(bpf_map__set_max_entries(maps.on_cpus, impl_->cpus), "size the map of counts");
  impl_->skeleton->rodata->by_thread = by_thread;
  impl_->by_thread = by_thread;
  impl_->thread_bytes = offsetof(thread_events, events) + events * sizeof(event_reading);
  check(bpf_map__set_value_size(maps.thread_events, static_cast<__u32>(impl_->thread_bytes)),
        "size the map of threads' events");
  if (by_thread)
    check(bpf_map__set_max_entries(maps.thread_events, THREAD_EVENTS),
          "size the map of threads' events");
  filter.share_with(maps.bss);
  tracer::load(impl_->skeleton, kWhat);
  impl_->skeleton->data_own->reader_level = filter.namespace_level();
  impl_->on_cpus = Mapping(bpf_map__fd(maps.on_cpus), impl_->cpus * sizeof(cpu_events),
                           Mapping::Access::kReadWrite, "the map of counts");
}

CpuEvents::~CpuEvents() = default;

std::vector<int> CpuEvents::online() const {
  std::vector<int> cpus;
  for (unsigned cpu = 0; cpu < impl_->cpus; ++cpu)
    if (impl_->cut_on(cpu)) cpus.push_back(static_cast<int>(cpu));
  return cpus;
}

void CpuEvents::give(std::size_t event, int cpu, int fd) {
  const auto slot = static_cast<__u32>(event) * impl_->cpus + static_cast<__u32>(cpu);
  check(bpf_map_update_elem(bpf_map__fd(impl_->skeleton->maps.open_events), &slot, &fd, BPF_ANY),
        "give an event to the kernel side");
}

void CpuEvents::arm(pid_t left_out) {
  // What came between the last cut and disarming.
  if (impl_->by_thread)
    take_entries<thread_key>(
        bpf_map__fd(impl_->skeleton->maps.thread_events), impl_->thread_bytes,
        [](const thread_key&) { return true; }, [](const thread_key&, const void*) {});
  impl_->skeleton->data_own->next_bank = 0;
  impl_->skeleton->data_own->left_out = static_cast<__u32>(left_out);
  std::memset(impl_->on_cpus.as<cpu_events>(), 0, impl_->on_cpus.bytes());
  impl_->link = attach(impl_->skeleton->progs.switch_threads, kWhat);
}

void CpuEvents::disarm() { impl_->link.reset(); }

std::vector<event_totals> CpuEvents::cut() {
  impl_->skeleton->data_own->next_bank ^= 1U;
  std::vector<event_totals> totals;
  for (unsigned cpu = 0; cpu < impl_->cpus; ++cpu) {
    const bool is_online = impl_->cut_on(cpu);
    const cpu_events& here = impl_->on_cpus.as<cpu_events>()[cpu];
    totals.push_back(is_online ? here.at_cut : here.totals);
  }
  return totals;
}

void CpuEvents::take_threads(const UseThread& use) {
  if (!impl_->by_thread) return;
  const std::uint32_t bank = impl_->skeleton->data_own->next_bank ^ 1U;
  thread_events thread{};
  take_entries<thread_key>(
      bpf_map__fd(impl_->skeleton->maps.thread_events), impl_->thread_bytes,
      [bank](const thread_key& key) { return key.bank == bank; },
      [&](const thread_key& key, const void* value) {
        std::memcpy(&thread, value, impl_->thread_bytes);
        use(key, thread);
      });
}

std::vector<int> CpuEvents::program_fds() const {
  return {bpf_program__fd(impl_->skeleton->progs.switch_threads)};
}

}  // namespace msgstat::tracer
