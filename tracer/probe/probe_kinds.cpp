#include "tracer/probe/explain.hpp"
#include "tracer/probe/probe.hpp"
#include "tracer/probe/uring_entries.hpp"

namespace msgstat::tracer {
namespace {

template <typename T>
std::unique_ptr<Probe> make(const TargetFilter& filter) {
  return std::make_unique<T>(filter);
}

constexpr ProbeKind kKinds[] = {
    {"what is handed to io_uring", Level::kCounts, make<UringEntries>},
    {"what threads wait for", Level::kExplain, make_explain_probe},
};

}  // namespace

std::span<const ProbeKind> probe_kinds() { return kKinds; }

}  // namespace msgstat::tracer
