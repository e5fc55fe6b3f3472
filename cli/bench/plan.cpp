#include "cli/bench/plan.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "tracer/error.hpp"

namespace msgstat::cli {
namespace {

// std::shuffle and the standard's distributions differ between libraries; a seed printed by one
// build must give the same order in another.
template <typename T>
void shuffle(std::vector<T>& items, std::mt19937_64& random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random() % i]);
}

PlannedCase make_case(const Settings& base, const servers::Model* model, const Arm& arm,
                      std::uint64_t repeat) {
  PlannedCase planned{.settings = base, .arm = arm.name, .repeat = repeat};
  planned.settings.model = model;
  for (const auto& [key, value] : arm.changes) apply(planned.settings, key, value);
  return planned;
}

bool sets_model(const Arm& arm) {
  return std::any_of(arm.changes.begin(), arm.changes.end(),
                     [](const auto& change) { return change.first == "model"; });
}

}  // namespace

std::vector<PlannedCase> make_plan(const Settings& base,
                                   const std::vector<const servers::Model*>& models,
                                   const std::vector<Arm>& arms, std::uint64_t repeats,
                                   std::uint64_t seed) {
  const auto arm_with_model = std::find_if(arms.begin(), arms.end(), sets_model);
  const bool all_set_it = !arms.empty() && std::all_of(arms.begin(), arms.end(), sets_model);
  if (arm_with_model != arms.end() && !all_set_it && models.size() != 1)
    throw UsageError(
        fmt::format("arm '{}' sets the model, which others leave open", arm_with_model->name),
        "name one MODEL for them");
  const std::vector<const servers::Model*> chosen =
      all_set_it ? std::vector<const servers::Model*>(1) : models;
  std::mt19937_64 random(seed);
  std::vector<PlannedCase> plan;
  for (std::uint64_t repeat = 0; repeat < repeats; ++repeat) {
    for (const servers::Model* model : chosen) {
      std::vector<Arm> order = arms.empty() ? std::vector<Arm>(1) : arms;
      shuffle(order, random);
      for (const Arm& arm : order) plan.push_back(make_case(base, model, arm, repeat));
    }
  }
  return plan;
}

std::optional<std::pair<std::string, std::string>> find_equal_arms(const Settings& base,
                                                                   const std::vector<Arm>& arms) {
  std::vector<Settings> seen;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    seen.push_back(make_case(base, base.model, arms[i], 0).settings);
    const auto same = std::find(seen.begin(), std::prev(seen.end()), seen.back());
    if (same != std::prev(seen.end()))
      return std::pair(arms[static_cast<std::size_t>(same - seen.begin())].name, arms[i].name);
  }
  return std::nullopt;
}

}  // namespace msgstat::cli
