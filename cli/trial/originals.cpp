#include "cli/trial/originals.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "tracer/error.hpp"

namespace msgstat::cli {
namespace {

// A target that bears threads faster than they are treated is given up.
constexpr int kMostPasses = 1000;

}  // namespace

std::vector<Subject> Originals::subjects(std::size_t treatment) const {
  try {
    return chosen_[treatment].treatment->subjects(pid_);
  } catch (const UsageError&) {
    return {};  // it was there as the trial began: it has ended, or moved
  }
}

bool Originals::is_treated() const {
  for (const ChosenTreatment& one : chosen_)
    for (const Subject& subject : one.treatment->subjects(pid_)) {
      const auto state = one.treatment->read(subject);
      if (state && *state != one.state) return false;
    }
  return true;
}

std::string Originals::first_state(std::size_t treatment) const {
  const auto& states = states_[treatment];
  const auto main = std::find_if(states.begin(), states.end(), [this](const auto& one) {
    return one.first.id == std::to_string(pid_);
  });
  return main != states.end() ? main->second : states.begin()->second;
}

bool Originals::treat_new(std::size_t treatment, const Keep& keep) {
  const auto& [how, wanted] = chosen_[treatment];
  bool any = false;
  for (const Subject& subject : subjects(treatment)) {
    const auto state = how->read(subject);
    if (!state) continue;
    if (!states_[treatment].contains(subject)) {
      // Of a parent that was treated before it.
      const bool is_born_treated =
          *state == wanted && !states_[treatment].empty() && first_state(treatment) != wanted;
      born_treated_ += is_born_treated ? 1 : 0;
      const std::string before = is_born_treated ? first_state(treatment) : *state;
      remember(treatment, subject, before);
      keep(treatment, subject, before);
    }
    if (*state == wanted) continue;
    how->write(subject, wanted);
    any = true;
    const auto now = how->read(subject);
    if (now && *now != wanted)
      throw Error(fmt::format("--{} {} leaves {} at '{}'", how->key, wanted, subject.id, *now),
                  "has its cpuset changed meanwhile?");
  }
  return any;
}

void Originals::treat(const Keep& keep) {
  for (std::size_t i = 0; i < chosen_.size(); ++i) {
    int passes = 0;
    while (treat_new(i, keep))
      if (++passes == kMostPasses)
        throw Error(fmt::format("process {} bears threads faster than they can be treated", pid_));
  }
}

bool Originals::restore_once(std::size_t treatment, std::vector<std::string>& failures) {
  const Treatment* how = chosen_[treatment].treatment;
  const std::string& wanted = chosen_[treatment].state;
  auto& states = states_[treatment];
  if (states.empty()) return false;
  const auto put_back = [&](const Subject& subject, const std::string& state) {
    try {
      const auto now = how->read(subject);
      if (!now || *now == state) return false;
      how->write(subject, state);
      return true;
    } catch (const Error& error) {
      failures.push_back(fmt::format("{} is left as it is: {}", subject.id, error.what()));
      return false;
    }
  };
  for (const Subject& subject : subjects(treatment)) {
    if (states.contains(subject)) continue;
    const auto state = how->read(subject);
    if (state != wanted) continue;  // not ours
    ++born_treated_;
    states.emplace(subject, first_state(treatment));
  }
  bool any = false;
  for (const auto& [subject, state] : states) any |= put_back(subject, state);
  return any;
}

std::vector<std::string> Originals::restore() {
  std::set<std::string> all;
  for (std::size_t i = chosen_.size(); i-- > 0;) {
    std::vector<std::string> failures;
    for (int passes = 0; passes < kMostPasses && failures.empty(); ++passes)
      if (!restore_once(i, failures)) break;
    all.insert(failures.begin(), failures.end());
  }
  return {all.begin(), all.end()};
}

}  // namespace msgstat::cli
