// Owners of what libbpf hands out, and what its messages said. Included by loaders only.
#pragma once

#include <bpf/libbpf.h>

#include <memory>
#include <string>

namespace msgstat::tracer {

// A skeleton made by bpftool: T::destroy releases programs, maps and links.
template <typename Skeleton>
struct SkeletonDeleter {
  void operator()(Skeleton* skeleton) const { Skeleton::destroy(skeleton); }
};
template <typename Skeleton>
using SkeletonOwner = std::unique_ptr<Skeleton, SkeletonDeleter<Skeleton>>;

struct LinkDeleter {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
using Link = std::unique_ptr<bpf_link, LinkDeleter>;

// Keeps libbpf off stderr, unless MSGSTAT_DEBUG is set. Call before anything else of libbpf; any
// thread, any number of times.
void quiet_libbpf();

// Attaches `program`, which must have an automatic attach point. Throws Error with `what`.
Link attach(const bpf_program* program, const std::string& what);

// Runs an iterator program to its end. Its results are what it wrote, and its object's globals.
std::string run_iterator(const bpf_program* program, const bpf_iter_link_info* scope,
                         const std::string& what);

// Why loading failed, as a person can act on it: no privilege, no BTF, lockdown. `error` is an
// errno, positive.
[[noreturn]] void throw_load_error(int error, const std::string& what);

// Of a loaded object, its globals' pages are not for forked children, which would hold the maps.
void keep_from_children(const bpf_object* object);

// Loads an opened skeleton, or throws.
template <typename Skeleton>
void load(const SkeletonOwner<Skeleton>& skeleton, const std::string& what) {
  if (!skeleton) throw_load_error(errno, what);
  if (const int result = Skeleton::load(skeleton.get()); result < 0)
    throw_load_error(-result, what);
  keep_from_children(skeleton->obj);
}

}  // namespace msgstat::tracer
