// The fields of a run at level explain, and its findings, as JSON and back. Reading throws Error as
// JsonValue does. Any thread.
#pragma once

#include <vector>

#include "analysis/json_value.hpp"
#include "analysis/recording.hpp"

namespace msgstat::analysis {

Json futex_json(const FutexUse& use);
Json sched_json(const SchedulerUse& use);
Json findings_json(const std::vector<Finding>& findings);

FutexUse read_futex(const JsonValue& in);
SchedulerUse read_sched(const JsonValue& in);
Finding read_finding(const JsonValue& in);

}  // namespace msgstat::analysis
