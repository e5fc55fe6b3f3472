// In which order the cases of a bench run. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/bench/settings.hpp"

namespace msgstat::cli {

struct PlannedCase {
  Settings settings;
  std::string arm;
  std::uint64_t repeat = 0;
};

// Every model in every arm, `repeats` times. Model after model within a repeat; the arms of a model
// follow one another in an order drawn from `seed`, so that they are compared close in time. No
// arms: one without a name.
//
// Where each arm sets a model, `models` is not looked at. Throws UsageError when an arm sets one
// and `models` are several.
std::vector<PlannedCase> make_plan(const Settings& base,
                                   const std::vector<const servers::Model*>& models,
                                   const std::vector<Arm>& arms, std::uint64_t repeats,
                                   std::uint64_t seed);

// Two arms in which all is the same, by name; what is compared then is the machine with itself.
std::optional<std::pair<std::string, std::string>> find_equal_arms(const Settings& base,
                                                                   const std::vector<Arm>& arms);

}  // namespace msgstat::cli
