// What can be read off the windows of one repeat, pooled: sums over sums. Nothing where any of the
// windows lacks it, or where there is no window: what was not measured is no zero. Pure; any
// thread.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "analysis/group.hpp"
#include "analysis/stats/summary.hpp"

namespace msgstat::analysis {

std::optional<double> seconds(const Windows& windows);
std::optional<double> units(const Windows& windows);
std::optional<double> units_per_s(const Windows& windows);
// Of one source, of those that were asked for.
std::optional<double> units_of(const Windows& windows, std::string_view source);

std::optional<double> user_s(const Windows& windows);
std::optional<double> system_s(const Windows& windows);

std::optional<double> counter(const Windows& windows, std::string_view name);
// A call that never was is a true zero wherever system calls were counted.
std::optional<double> syscall_calls(const Windows& windows, std::string_view name);
std::optional<double> syscall_errors(const Windows& windows, std::string_view name,
                                     std::string_view error);
std::optional<double> all_syscalls(const Windows& windows);

// Entries handed to io_uring; zero as above.
std::optional<double> uring_entries(const Windows& windows, std::string_view operation);

// A percentile of several windows is the mean of theirs, weighted by units; the maximum is theirs.
std::optional<double> latency_us(const Windows& windows, double LatencyUs::*percentile);

// Nothing without units.
std::optional<double> per_unit(const std::optional<double>& total, const Windows& windows);
std::optional<double> per_second(const std::optional<double>& total, const Windows& windows);

// Time in the eBPF programs.
std::optional<double> observer_ns(const Windows& windows);

// messages/s of the measured windows against the bare ones, less one: -0.08 is 8 % lost.
std::optional<double> observer_effect(const Repeat& repeat);

// One point for each repeat that has it.
std::vector<double> points(const Group& group,
                           const std::function<std::optional<double>(const Repeat&)>& of);
// Of these; nothing where no repeat has it.
std::optional<stats::Summary> mean_of(
    const Group& group, const std::function<std::optional<double>(const Repeat&)>& of);
// Units a second, of the windows with nothing armed where there are such.
std::optional<stats::Summary> throughput(const Group& group);

}  // namespace msgstat::analysis
