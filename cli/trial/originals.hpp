// The states that the subjects of treatments had before, and putting them back. One thread. msgstat
// has one, and its guardian a copy that it keeps up to date.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/trial/treatment.hpp"

namespace msgstat::cli {

struct ChosenTreatment {
  const Treatment* treatment = nullptr;
  std::string state;  // what is tried
};

class Originals {
 public:
  Originals(pid_t pid, std::vector<ChosenTreatment> chosen)
      : pid_(pid), chosen_(std::move(chosen)), states_(chosen_.size()) {}

  // Called with each state before its subject is first changed.
  using Keep = std::function<void(std::size_t treatment, const Subject&, const std::string& state)>;

  // Treats all subjects, also those that are born while it does. Throws Error when a subject does
  // not take it, or has another state after.
  void treat(const Keep& keep);
  // Puts every state back, and gives a subject that was born treated the state that the target's
  // first one had. Goes on after a failure; returns what failed, a line each.
  std::vector<std::string> restore();

  void remember(std::size_t treatment, const Subject& subject, const std::string& state) {
    states_[treatment].emplace(subject, state);
  }
  // No subject's state would change.
  [[nodiscard]] bool is_treated() const;
  // Born while the target was treated, by any treatment, so far.
  [[nodiscard]] std::size_t born_treated() const { return born_treated_; }

 private:
  [[nodiscard]] std::vector<Subject> subjects(std::size_t treatment) const;
  bool treat_new(std::size_t treatment, const Keep& keep);
  bool restore_once(std::size_t treatment, std::vector<std::string>& failures);
  [[nodiscard]] std::string first_state(std::size_t treatment) const;

  pid_t pid_;
  std::vector<ChosenTreatment> chosen_;
  std::vector<std::map<Subject, std::string>> states_;  // by treatment
  std::size_t born_treated_ = 0;
};

}  // namespace msgstat::cli
