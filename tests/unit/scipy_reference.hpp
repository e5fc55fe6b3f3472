// Our answers held against SciPy's, on the same questions (statistics_reference.py). One thread.
#pragma once

#include <string>
#include <vector>

#include "tests/support/requirement.hpp"

namespace reference {

support::Requirement scipy();

// Our answers and the questions that they answer, asked all at once at the end.
class Reference {
 public:
  void expect(const std::string& what, const std::vector<double>& a, const std::vector<double>& b,
              std::vector<double> ours);
  // Fails the test for each answer that differs.
  void compare() const;

 private:
  std::string questions_;
  std::vector<std::vector<double>> ours_;
};

}  // namespace reference
