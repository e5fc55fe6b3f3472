#include "cli/bench/plan.hpp"

#include <random>
#include <utility>

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

}  // namespace

std::vector<PlannedCase> make_plan(const Settings& base,
                                   const std::vector<const servers::Model*>& models,
                                   const std::vector<Arm>& arms, std::uint64_t repeats,
                                   std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<PlannedCase> plan;
  for (std::uint64_t repeat = 0; repeat < repeats; ++repeat) {
    for (const servers::Model* model : models) {
      std::vector<Arm> order = arms.empty() ? std::vector<Arm>(1) : arms;
      shuffle(order, random);
      for (const Arm& arm : order) plan.push_back(make_case(base, model, arm, repeat));
    }
  }
  return plan;
}

}  // namespace msgstat::cli
