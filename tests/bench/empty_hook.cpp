#include "tests/bench/empty_hook.hpp"

#include "bpf/empty.skel.h"
#include "tracer/probe/object.hpp"

namespace bench {

struct EmptyHook::Impl {
  msgstat::tracer::SkeletonOwner<empty_bpf> skeleton;
  msgstat::tracer::Link link;
};

EmptyHook::EmptyHook() : impl_(std::make_unique<Impl>()) {
  msgstat::tracer::quiet_libbpf();
  impl_->skeleton.reset(empty_bpf::open());
  msgstat::tracer::load(impl_->skeleton, "the empty program");
  impl_->link = msgstat::tracer::attach(impl_->skeleton->progs.do_nothing, "the empty program");
}

EmptyHook::~EmptyHook() = default;

}  // namespace bench
