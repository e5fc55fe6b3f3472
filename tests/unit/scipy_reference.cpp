#include "tests/unit/scipy_reference.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace reference {
namespace {

constexpr const char* kPython = "/usr/bin/python3";

}  // namespace

support::Requirement scipy() {
  const bool works = support::run({kPython, "-c", "import scipy"}).status == support::exited(0);
  return {"scipy", works, 0, "python3 -c 'import scipy'"};
}

void Reference::expect(const std::string& what, const std::vector<double>& a,
                       const std::vector<double>& b, std::vector<double> ours) {
  questions_ += fmt::format("{} {:.17g}", what, fmt::join(a, ","));
  if (!b.empty()) questions_ += fmt::format(" {:.17g}", fmt::join(b, ","));
  questions_ += "\n";
  ours_.push_back(std::move(ours));
}

void Reference::compare() const {
  const std::string script =
      (support::source_directory() / "tests/unit/statistics_reference.py").string();
  const support::Result result = support::run({kPython, script}, {.input = questions_});
  ASSERT_EQ(result.status, support::exited(0)) << result.err;
  std::istringstream answers(result.out);
  for (const std::vector<double>& ours : ours_) {
    std::string line;
    ASSERT_TRUE(std::getline(answers, line));
    std::istringstream numbers(line);
    std::vector<double> theirs;
    for (double number = 0; numbers >> number;) theirs.push_back(number);
    ASSERT_EQ(ours.size(), theirs.size()) << line;
    for (std::size_t i = 0; i < ours.size(); ++i)
      EXPECT_NEAR(ours[i], theirs[i], 1e-9 * std::max(1.0, std::fabs(theirs[i]))) << line;
  }
}

}  // namespace reference
