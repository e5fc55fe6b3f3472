#include "tracer/probe/uring_entries.hpp"

#include <bpf/btf.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include "bpf/abi.h"
#include "bpf/uring.skel.h"
#include "tracer/error.hpp"
#include "tracer/mapping.hpp"
#include "tracer/probe/object.hpp"
#include "tracer/probe/target_filter.hpp"
#include "tracer/uring_operation.hpp"

namespace msgstat::tracer {
namespace {

constexpr const char* kWhat = "counting io_uring's entries";

bool has_tracepoint(const char* name) {
  return libbpf_find_vmlinux_btf_id(name, BPF_TRACE_RAW_TP) > 0;
}

}  // namespace

struct UringEntries::Impl {
  const TargetFilter* filter = nullptr;
  SkeletonOwner<uring_bpf> skeleton;
  bpf_program* program = nullptr;
  Mapping entries;
  unsigned cpus = 0;
  Link link;
  // What each bank held when it was last collected.
  std::array<std::array<std::uint64_t, URING_OPCODES>, BANKS> base{};

  // The one of the two programs whose tracepoint this kernel has.
  void choose_program() {
    const auto& programs = skeleton->progs;
    if (has_tracepoint("io_uring_submit_req"))
      program = programs.count_submitted;
    else if (has_tracepoint("io_uring_submit_sqe"))
      program = programs.count_submitted_6_0;
    else
      throw Error("this kernel has no tracepoint io_uring_submit_req");
    for (bpf_program* each : {programs.count_submitted, programs.count_submitted_6_0})
      bpf_program__set_autoload(each, each == program);
  }

  [[nodiscard]] std::uint64_t sum(std::uint32_t bank, std::uint32_t opcode) const {
    std::uint64_t total = 0;
    for (unsigned cpu = 0; cpu < cpus; ++cpu)
      total += std::atomic_ref(
                   entries.as<std::uint64_t>()[(cpu * BANKS + bank) * URING_OPCODES + opcode])
                   .load(std::memory_order_relaxed);
    return total;
  }
};

UringEntries::UringEntries(const TargetFilter& filter) : impl_(std::make_unique<Impl>()) {
  impl_->filter = &filter;
  impl_->skeleton.reset(uring_bpf::open());
  if (!impl_->skeleton) throw_load_error(errno, kWhat);
  impl_->choose_program();
  const auto& maps = impl_->skeleton->maps;
  impl_->cpus = static_cast<unsigned>(check(libbpf_num_possible_cpus(), "count the CPUs"));
  const std::uint32_t rows = impl_->cpus * BANKS * URING_OPCODES;
  check(bpf_map__set_max_entries(maps.entries, rows), "size the map of io_uring's entries");
  filter.share_with(maps.bss);
  tracer::load(impl_->skeleton, kWhat);
  impl_->entries = Mapping(bpf_map__fd(maps.entries), rows * sizeof(std::uint64_t),
                           Mapping::Access::kRead, "the map of io_uring's entries");
}

UringEntries::~UringEntries() = default;

void UringEntries::arm() { impl_->link = attach(impl_->program, kWhat); }

void UringEntries::disarm() { impl_->link.reset(); }

void UringEntries::collect(Window& window) {
  const std::uint32_t bank = impl_->filter->bank() ^ 1U;
  std::vector<UringCount> counts;
  for (std::uint32_t opcode = 0; opcode < URING_OPCODES; ++opcode) {
    const std::uint64_t now = impl_->sum(bank, opcode);
    const std::uint64_t entries = now - std::exchange(impl_->base[bank][opcode], now);
    if (entries > 0)
      counts.push_back({.operation = uring_operation_name(opcode), .entries = entries});
  }
  std::stable_sort(counts.begin(), counts.end(),
                   [](const UringCount& a, const UringCount& b) { return a.entries > b.entries; });
  window.uring = std::move(counts);
}

std::vector<int> UringEntries::program_fds() const { return {bpf_program__fd(impl_->program)}; }

}  // namespace msgstat::tracer
