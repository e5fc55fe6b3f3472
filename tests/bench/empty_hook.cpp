#include "tests/bench/empty_hook.hpp"

#include <vector>

#include "bpf/empty.skel.h"
#include "tracer/probe/object.hpp"

namespace bench {

struct EmptyHook::Impl {
  msgstat::tracer::SkeletonOwner<empty_bpf> skeleton;
  std::vector<msgstat::tracer::Link> links;
};

EmptyHook::EmptyHook(Of level) : impl_(std::make_unique<Impl>()) {
  msgstat::tracer::quiet_libbpf();
  impl_->skeleton.reset(empty_bpf::open());
  msgstat::tracer::load(impl_->skeleton, "the empty program");
  const auto& programs = impl_->skeleton->progs;
  std::vector<bpf_program*> hooked = {programs.at_return};
  if (level == Of::kExplain)
    hooked.insert(hooked.end(), {programs.at_entry, programs.at_switch, programs.at_waking});
  for (bpf_program* program : hooked)
    impl_->links.push_back(msgstat::tracer::attach(program, "the empty program"));
}

EmptyHook::~EmptyHook() = default;

}  // namespace bench
