// The cases of a suite (analysis/suite/suite.hpp) as a plan. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/suite/suite.hpp"
#include "cli/bench/plan.hpp"

namespace msgstat::cli {

// Throws UsageError, which lists those that there are.
const analysis::suite::Suite& choose_suite(const std::string& name);

// Every case with its models, those of `models` only when any are named, `repeats` times: model
// after model, the cases of one in an order drawn from `seed`. Throws UsageError for a model that
// is in no case.
std::vector<PlannedCase> make_suite_plan(const analysis::suite::Suite& suite, const Settings& base,
                                         const std::vector<std::string>& models,
                                         std::uint64_t repeats, std::uint64_t seed);

}  // namespace msgstat::cli
