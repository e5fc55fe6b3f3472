#include "tracer/probe/target_filter.hpp"

#include <bpf/bpf.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>

#include "bpf/target.skel.h"
#include "tracer/error.hpp"
#include "tracer/fd.hpp"
#include "tracer/probe/kernel_clock.hpp"
#include "tracer/probe/object.hpp"
#include "tracer/target/process.hpp"

namespace msgstat::tracer {
namespace {

using WordRef = std::atomic_ref<__u64>;

// A pidfd: names the process also when its id goes to another.
int open_process(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

}  // namespace

struct TargetFilter::Impl {
  SkeletonOwner<target_bpf> skeleton;
  Link fork_link;
  Link move_link;
  Link exit_link;

  [[nodiscard]] pid_t find_id(pid_t id) const;
  [[nodiscard]] target_state& state() const { return skeleton->bss->target_state; }
  [[nodiscard]] control& settings() const { return state().control; }
};

TargetFilter::TargetFilter() : impl_(std::make_unique<Impl>()) {
  quiet_libbpf();
  impl_->skeleton.reset(target_bpf::open());
  load(impl_->skeleton, "following the target");
  static_cast<void>(init_namespace_tid(::gettid()));
  impl_->skeleton->data_own->reader_level = impl_->skeleton->data_own->found_level;
}

TargetFilter::~TargetFilter() = default;

// In the init namespace; 0 when there is no such task.
pid_t TargetFilter::Impl::find_id(pid_t id) const {
  bpf_iter_link_info scope{};
  // Of a process its main thread: by its pidfd, all of its threads would be gone through.
  scope.task.tid = static_cast<__u32>(id);
  skeleton->data_own->found_tgid = 0;
  skeleton->data_own->found_tid = 0;
  run_iterator(skeleton->progs.find_task, &scope, "look up the target's id");
  return static_cast<pid_t>(settings().by_thread != 0 ? skeleton->data_own->found_tid
                                                      : skeleton->data_own->found_tgid);
}

void TargetFilter::set_kind(bool by_thread, std::uint64_t cgroup_id) {
  std::atomic_ref(impl_->settings().by_thread).store(by_thread ? 1 : 0);
  impl_->skeleton->data_own->cgroup_id = cgroup_id;
}

void TargetFilter::add_members() {
  run_iterator(impl_->skeleton->progs.find_members, nullptr, "find the cgroup's processes");
}

pid_t TargetFilter::init_namespace_tid(pid_t tid) const {
  bpf_iter_link_info scope{};
  scope.task.tid = static_cast<__u32>(tid);
  impl_->skeleton->data_own->found_tid = 0;
  run_iterator(impl_->skeleton->progs.find_task, &scope, "look up a thread's id");
  const auto found = static_cast<pid_t>(impl_->skeleton->data_own->found_tid);
  if (found == 0) throw Error("thread " + std::to_string(tid) + " has ended");
  return found;
}

pid_t TargetFilter::init_namespace_tid_of_caller() const {
  LIBBPF_OPTS(bpf_test_run_opts, options);
  check(bpf_prog_test_run_opts(bpf_program__fd(impl_->skeleton->progs.identify_caller), &options),
        "look up our own id");
  return static_cast<pid_t>(impl_->skeleton->data_own->caller_pid_tgid & 0xffffffffU);
}

bool TargetFilter::add(pid_t pid) {
  const bool by_thread = impl_->settings().by_thread != 0;
  const Fd process(open_process(by_thread ? process_of(pid).value_or(0) : pid));
  if (!process.is_open()) return false;
  const auto id = static_cast<unsigned>(impl_->find_id(pid));
  if (id == 0) return false;
  const WordRef word(impl_->state().words[id / 64]);
  const __u64 bit = 1ULL << (id % 64);
  const bool is_new = (word.fetch_or(bit) & bit) == 0;
  pollfd end{.fd = process.get(), .events = POLLIN};
  const bool has_ended = ::poll(&end, 1, 0) > 0;
  if (has_ended) word.fetch_and(~bit);
  return is_new && !has_ended;
}

void TargetFilter::clear() { std::memset(impl_->state().words, 0, sizeof impl_->state().words); }

void TargetFilter::exclude(pid_t tid) {
  std::atomic_ref(impl_->settings().excluded_tid).store(static_cast<__u32>(tid));
}

void TargetFilter::switch_bank() {
  control& settings = impl_->settings();
  std::atomic_ref(settings.opened_ns[(settings.bank & 1) ^ 1]).store(kernel_now_ns());
  std::atomic_ref(settings.bank).fetch_xor(1);
}

std::uint64_t TargetFilter::opened_ns(std::uint32_t bank) const {
  return impl_->settings().opened_ns[bank & 1];
}

std::uint32_t TargetFilter::namespace_level() const {
  return impl_->skeleton->data_own->reader_level;
}

std::uint32_t TargetFilter::bank() const { return impl_->settings().bank & 1; }

void TargetFilter::follow_children() {
  impl_->fork_link = attach(impl_->skeleton->progs.follow_fork, "following children");
}

void TargetFilter::forget_dead() {
  impl_->exit_link = attach(impl_->skeleton->progs.forget_dead, "forgetting the dead");
}

void TargetFilter::follow_moves() {
  impl_->move_link = attach(impl_->skeleton->progs.follow_move, "following moves between cgroups");
}

void TargetFilter::disarm() {
  impl_->move_link.reset();
  impl_->exit_link.reset();
  impl_->fork_link.reset();
}

TargetFilter::Census TargetFilter::take_census() const {
  impl_->skeleton->data_own->census = {};
  const std::string written =
      run_iterator(impl_->skeleton->progs.take_census, nullptr, "look at the target's threads");
  Census census{.threads = impl_->skeleton->data_own->census, .members = {}};
  for (std::size_t at = 0; at + sizeof(member) <= written.size(); at += sizeof(member)) {
    member one{};
    std::memcpy(&one, written.data() + at, sizeof one);
    census.members.push_back(static_cast<pid_t>(one.tid));
  }
  return census;
}

std::optional<TargetFilter::ThreadId> TargetFilter::find_named(std::string_view name) const {
  auto& globals = *impl_->skeleton->data_own;
  std::memset(globals.wanted_name, 0, sizeof globals.wanted_name);
  std::memcpy(globals.wanted_name, name.data(), std::min(name.size(), TASK_NAME_BYTES - 1UL));
  globals.named_tid = 0;
  globals.named_tid_of_reader = 0;
  run_iterator(impl_->skeleton->progs.find_named, nullptr, "look for a thread by its name");
  if (globals.named_tid == 0) return std::nullopt;
  return ThreadId{.init_namespace = static_cast<pid_t>(globals.named_tid),
                  .ours = static_cast<pid_t>(globals.named_tid_of_reader)};
}

void TargetFilter::share_with(bpf_map* bss) const {
  if (bpf_map__value_size(bss) != sizeof(target_state))
    throw Error("an eBPF object's .bss has more than target_state: see OWN in bpf/target.h");
  check(bpf_map__reuse_fd(bss, bpf_map__fd(impl_->skeleton->maps.bss)),
        "share which processes are measured");
}

}  // namespace msgstat::tracer
