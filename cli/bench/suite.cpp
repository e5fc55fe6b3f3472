#include "cli/bench/suite.hpp"

#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "tracer/error.hpp"

namespace msgstat::cli {
namespace {

using analysis::suite::Case;
using analysis::suite::Suite;

// In the order of the catalog.
std::vector<const servers::Model*> models_of(const Suite& suite) {
  std::vector<const servers::Model*> models;
  for (const servers::Model& model : servers::catalog())
    if (std::any_of(suite.cases.begin(), suite.cases.end(), [&model](const Case& one) {
          return std::find(one.models.begin(), one.models.end(), model.name) != one.models.end();
        }))
      models.push_back(&model);
  return models;
}

std::vector<Arm> arms_of(const Suite& suite, std::string_view model) {
  std::vector<Arm> arms;
  for (const Case& one : suite.cases)
    if (std::find(one.models.begin(), one.models.end(), model) != one.models.end())
      arms.push_back({.name = one.arm, .changes = one.changes});
  return arms;
}

void keep_named(std::vector<const servers::Model*>& models, const std::vector<std::string>& names,
                const Suite& suite) {
  for (const std::string& name : names)
    if (arms_of(suite, name).empty())
      throw UsageError(fmt::format("the suite '{}' has no model '{}'", suite.name, name));
  if (names.empty()) return;
  std::erase_if(models, [&names](const servers::Model* model) {
    return std::find(names.begin(), names.end(), model->name) == names.end();
  });
}

}  // namespace

const Suite& choose_suite(const std::string& name) {
  if (const Suite* suite = analysis::suite::find_suite(name)) return *suite;
  std::string known;
  for (const Suite& suite : analysis::suite::suites())
    known += (known.empty() ? "" : ", ") + suite.name;
  throw UsageError(fmt::format("there is no suite '{}'", name), "there are: " + known);
}

std::vector<PlannedCase> make_suite_plan(const Suite& suite, const Settings& base,
                                         const std::vector<std::string>& names,
                                         std::uint64_t repeats, std::uint64_t seed) {
  std::vector<const servers::Model*> models = models_of(suite);
  keep_named(models, names, suite);
  std::mt19937_64 random(seed);
  std::vector<PlannedCase> plan;
  for (std::uint64_t repeat = 0; repeat < repeats; ++repeat) {
    for (const servers::Model* model : models) {
      for (PlannedCase& planned :
           make_plan(base, {model}, arms_of(suite, model->name), 1, random())) {
        planned.repeat = repeat;
        plan.push_back(std::move(planned));
      }
    }
  }
  return plan;
}

}  // namespace msgstat::cli
