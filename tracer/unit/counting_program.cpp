#include "tracer/unit/counting_program.hpp"

#include <bpf/btf.h>

#include <atomic>
#include <cerrno>
#include <utility>

#include "bpf/abi.h"
#include "bpf/unit.skel.h"
#include "tracer/error.hpp"
#include "tracer/mapping.hpp"
#include "tracer/probe/object.hpp"
#include "tracer/probe/target_filter.hpp"

namespace msgstat::tracer {
namespace {

using Which = CountingProgram::Which;

bpf_program* find_program(unit_bpf& skeleton, Which which) {
  switch (which) {
    case Which::kReceived:
      return skeleton.progs.count_received;
    case Which::kSent:
      return skeleton.progs.count_sent;
    case Which::kReceivingCalls:
      return skeleton.progs.count_receiving_calls;
    case Which::kSendingCalls:
      return skeleton.progs.count_sending_calls;
    case Which::kTypedTracepoint:
      return skeleton.progs.count_typed_tracepoint;
    case Which::kTracepoint:
      return skeleton.progs.count_tracepoint;
    case Which::kUprobe:
      return skeleton.progs.count_uprobe;
  }
  return nullptr;
}

}  // namespace

struct CountingProgram::Impl {
  const TargetFilter* filter = nullptr;
  Settings settings;
  SkeletonOwner<unit_bpf> skeleton;
  bpf_program* program = nullptr;
  unsigned cpus = 0;
  Mapping counts;
  std::vector<Link> links;
  std::uint64_t base[BANKS] = {};

  [[nodiscard]] Link attach_site(const ProbeSite& site) const;
};

CountingProgram::CountingProgram(const TargetFilter& filter, Settings settings)
    : impl_(std::make_unique<Impl>()) {
  quiet_libbpf();
  impl_->filter = &filter;
  impl_->settings = std::move(settings);
  const std::string what = "counting units by " + impl_->settings.source;
  impl_->skeleton.reset(unit_bpf::open());
  if (!impl_->skeleton) throw_load_error(errno, what);
  impl_->program = find_program(*impl_->skeleton, impl_->settings.which);
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, impl_->skeleton->obj)
      bpf_program__set_autoload(program, program == impl_->program);
  if (impl_->settings.which == Which::kTypedTracepoint)
    check(bpf_program__set_attach_target(impl_->program, 0, impl_->settings.name.c_str()), what);
  const auto& maps = impl_->skeleton->maps;
  impl_->cpus = static_cast<unsigned>(check(libbpf_num_possible_cpus(), "count the CPUs"));
  const std::uint32_t rows = impl_->cpus * BANKS;
  check(bpf_map__set_max_entries(maps.unit_counts, rows), "size the map of units");
  filter.share_with(maps.bss);
  tracer::load(impl_->skeleton, what);
  impl_->counts = Mapping(bpf_map__fd(maps.unit_counts), rows * sizeof(unit_count),
                          Mapping::Access::kRead, "the map of units");
}

CountingProgram::~CountingProgram() = default;

// For all processes: an attachment to one of them would not be of its children. The filter of the
// program says who is counted.
Link CountingProgram::Impl::attach_site(const ProbeSite& site) const {
  LIBBPF_OPTS(bpf_uprobe_opts, options);
  options.ref_ctr_offset = site.semaphore_offset;
  Link link(
      bpf_program__attach_uprobe_opts(program, -1, settings.file.c_str(), site.offset, &options));
  if (!link && errno == EACCES)
    throw Error("cannot set a breakpoint for " + settings.source,
                "the kernel takes CAP_SYS_ADMIN for it: run as root", EACCES);
  if (!link) throw_load_error(errno, settings.source);
  return link;
}

void CountingProgram::arm() {
  const Settings& settings = impl_->settings;
  if (settings.which == Which::kUprobe) {
    for (const ProbeSite& site : settings.sites) impl_->links.push_back(impl_->attach_site(site));
  } else if (settings.which == Which::kTracepoint) {
    Link link(bpf_program__attach_tracepoint(impl_->program, settings.group.c_str(),
                                             settings.name.c_str()));
    if (!link) throw_load_error(errno, settings.source);
    impl_->links.push_back(std::move(link));
  } else {
    impl_->links.push_back(attach(impl_->program, settings.source));
  }
}

void CountingProgram::disarm() { impl_->links.clear(); }

std::uint64_t CountingProgram::collect(const Window& /*window*/) {
  const std::uint32_t bank = impl_->filter->bank() ^ 1U;
  std::uint64_t total = 0;
  for (unsigned cpu = 0; cpu < impl_->cpus; ++cpu)
    total += std::atomic_ref(impl_->counts.as<unit_count>()[cpu * BANKS + bank].count)
                 .load(std::memory_order_relaxed);
  return total - std::exchange(impl_->base[bank], total);
}

std::string CountingProgram::source() const { return impl_->settings.source; }

std::vector<int> CountingProgram::program_fds() const { return {bpf_program__fd(impl_->program)}; }

bool has_typed_tracepoint(const std::string& name) {
  quiet_libbpf();
  const std::unique_ptr<btf, decltype(&btf__free)> types(btf__load_vmlinux_btf(), btf__free);
  return types &&
         btf__find_by_name_kind(types.get(), ("btf_trace_" + name).c_str(), BTF_KIND_TYPEDEF) > 0;
}

}  // namespace msgstat::tracer
