#include "tracer/probe/probe.hpp"

namespace msgstat::tracer {

std::span<const ProbeKind> probe_kinds() { return {}; }

}  // namespace msgstat::tracer
