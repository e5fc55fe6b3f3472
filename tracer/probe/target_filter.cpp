#include "tracer/probe/target_filter.hpp"

#include <bpf/bpf.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <string>

#include "bpf/target.skel.h"
#include "tracer/error.hpp"
#include "tracer/fd.hpp"
#include "tracer/mapping.hpp"
#include "tracer/probe/object.hpp"

namespace msgstat::tracer {
namespace {

using WordRef = std::atomic_ref<__u64>;

// A pidfd: names the process also when its id goes to another.
int open_process(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

// Runs an iterator program to its end. Its results are in its object's globals.
void run_iterator(const bpf_program* program, const bpf_iter_link_info* scope,
                  const std::string& what) {
  LIBBPF_OPTS(bpf_iter_attach_opts, options);
  if (scope != nullptr) {
    options.link_info = const_cast<bpf_iter_link_info*>(scope);
    options.link_info_len = sizeof *scope;
  }
  const Link link(bpf_program__attach_iter(program, &options));
  if (!link) throw_load_error(errno, what);
  const Fd iterator(check(bpf_iter_create(bpf_link__fd(link.get())), what));
  char ignored[64];
  while (::read(iterator.get(), ignored, sizeof ignored) > 0) {
  }
}

}  // namespace

struct TargetFilter::Impl {
  SkeletonOwner<target_bpf> skeleton;
  Mapping targets;
  Mapping control_page;
  Link fork_link;
  Link exit_link;

  [[nodiscard]] pid_t find_tgid(const Fd& process) const;
  [[nodiscard]] control& settings() const { return *control_page.as<control>(); }
};

TargetFilter::TargetFilter() : impl_(std::make_unique<Impl>()) {
  quiet_libbpf();
  impl_->skeleton.reset(target_bpf::open());
  load(impl_->skeleton, "following the target");
  const auto& maps = impl_->skeleton->maps;
  impl_->targets = Mapping(bpf_map__fd(maps.targets), TARGET_WORDS * sizeof(__u64),
                           Mapping::Access::kReadWrite, "the map of targets");
  impl_->control_page = Mapping(bpf_map__fd(maps.control_map), sizeof(control),
                                Mapping::Access::kReadWrite, "the map of settings");
}

TargetFilter::~TargetFilter() = default;

pid_t TargetFilter::Impl::find_tgid(const Fd& process) const {
  bpf_iter_link_info scope{};
  scope.task.pid_fd = static_cast<__u32>(process.get());
  skeleton->bss->found_tgid = 0;
  run_iterator(skeleton->progs.find_task, &scope, "look up the target's id");
  return static_cast<pid_t>(skeleton->bss->found_tgid);
}

pid_t TargetFilter::init_namespace_tid(pid_t tid) const {
  bpf_iter_link_info scope{};
  scope.task.tid = static_cast<__u32>(tid);
  impl_->skeleton->bss->found_tid = 0;
  run_iterator(impl_->skeleton->progs.find_task, &scope, "look up a thread's id");
  const auto found = static_cast<pid_t>(impl_->skeleton->bss->found_tid);
  if (found == 0) throw Error("thread " + std::to_string(tid) + " has ended");
  return found;
}

pid_t TargetFilter::init_namespace_tid_of_caller() const {
  LIBBPF_OPTS(bpf_test_run_opts, options);
  check(bpf_prog_test_run_opts(bpf_program__fd(impl_->skeleton->progs.identify_caller), &options),
        "look up our own id");
  return static_cast<pid_t>(impl_->skeleton->bss->caller_pid_tgid & 0xffffffffU);
}

bool TargetFilter::add(pid_t pid) {
  const Fd process(open_process(pid));
  if (!process.is_open()) return false;
  const auto id = static_cast<unsigned>(impl_->find_tgid(process));
  if (id == 0) return false;
  const WordRef word(impl_->targets.as<__u64>()[id / 64]);
  const __u64 bit = 1ULL << (id % 64);
  const bool is_new = (word.fetch_or(bit) & bit) == 0;
  pollfd end{.fd = process.get(), .events = POLLIN};
  const bool has_ended = ::poll(&end, 1, 0) > 0;
  if (has_ended) word.fetch_and(~bit);
  return is_new && !has_ended;
}

void TargetFilter::clear() { std::memset(impl_->targets.as<__u64>(), 0, impl_->targets.bytes()); }

void TargetFilter::exclude(pid_t tid) {
  std::atomic_ref(impl_->settings().excluded_tid).store(static_cast<__u32>(tid));
}

void TargetFilter::switch_bank() { std::atomic_ref(impl_->settings().bank).fetch_xor(1); }

std::uint32_t TargetFilter::bank() const { return impl_->settings().bank & 1; }

void TargetFilter::follow_children() {
  impl_->fork_link = attach(impl_->skeleton->progs.follow_fork, "following children");
}

void TargetFilter::forget_dead() {
  impl_->exit_link = attach(impl_->skeleton->progs.forget_dead, "forgetting the dead");
}

void TargetFilter::disarm() {
  impl_->exit_link.reset();
  impl_->fork_link.reset();
}

thread_census TargetFilter::take_census() const {
  impl_->skeleton->bss->census = {};
  run_iterator(impl_->skeleton->progs.take_census, nullptr, "look at the target's threads");
  return impl_->skeleton->bss->census;
}

void TargetFilter::share_with(bpf_map* targets, bpf_map* control_map) const {
  const auto& maps = impl_->skeleton->maps;
  check(bpf_map__reuse_fd(targets, bpf_map__fd(maps.targets)), "share the map of targets");
  check(bpf_map__reuse_fd(control_map, bpf_map__fd(maps.control_map)), "share the settings");
}

}  // namespace msgstat::tracer
