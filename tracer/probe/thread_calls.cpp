#include "tracer/probe/thread_calls.hpp"

#include <bpf/libbpf.h>

#include "bpf/abi.h"
#include "tracer/error.hpp"
#include "tracer/probe/call_cell.hpp"
#include "tracer/probe/map_entries.hpp"
#include "tracer/thread_table.hpp"

namespace msgstat::tracer {

void ThreadCalls::size_map(bpf_map* map) {
  check(bpf_map__set_max_entries(map, THREAD_CALLS), "size the map of threads' calls");
}

ThreadCalls::ThreadCalls(const bpf_map* map, bool timed) : fd_(bpf_map__fd(map)), timed_(timed) {}

void ThreadCalls::take(std::uint32_t bank, ThreadTable& table) {
  take_entries<thread_key>(
      fd_, sizeof(thread_calls), [bank](const thread_key& key) { return key.bank == bank; },
      [&](const thread_key& key, const void* value) {
        const auto& calls = *static_cast<const thread_calls*>(value);
        table.add_call(key, calls.who,
                       {.name = name_of_cell(key.cell),
                        .abi = abi_of_cell(key.cell),
                        .calls = calls.calls,
                        .errors = calls.errors,
                        .time_ns = timed_ ? std::optional<std::uint64_t>(calls.ns) : std::nullopt});
      });
}

}  // namespace msgstat::tracer
