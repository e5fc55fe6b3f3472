#include "tracer/probe/explain.hpp"
#include "tracer/probe/probe.hpp"
#include "tracer/probe/uring_entries.hpp"

namespace msgstat::tracer {
namespace {

std::unique_ptr<Probe> make_uring_probe(const TargetFilter& filter, SyscallCounts& /*counts*/) {
  return std::make_unique<UringEntries>(filter);
}

constexpr ProbeKind kKinds[] = {
    {"what is handed to io_uring", Level::kCounts, make_uring_probe},
    {"what threads wait for", Level::kExplain, make_explain_probe},
};

}  // namespace

std::span<const ProbeKind> probe_kinds() { return kKinds; }

}  // namespace msgstat::tracer
