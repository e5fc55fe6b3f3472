// Loads bpf/explain.bpf.c: the time of threads and the futex words, Window::sched and
// Window::futex. Its programs count calls as well, into the maps of `counts`, whose own are not
// armed then. Throws Error when the kernel refuses.
#pragma once

#include <memory>

#include "tracer/probe/probe.hpp"

namespace msgstat::tracer {

std::unique_ptr<Probe> make_explain_probe(const TargetFilter& filter, SyscallCounts& counts);

}  // namespace msgstat::tracer
