// What every command answers to bad input: nothing on stdout, one clear line on stderr, and the
// status that tells bad usage (2) from what failed (1).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/process.hpp"

namespace e2e {

struct BadInput {
  std::vector<std::string> words;  // after the subcommand
  int status;
  std::string said;  // a part of the line
};

inline void expect_refused(const std::vector<std::string>& command, const BadInput& input) {
  const auto result = support::run(command);
  EXPECT_EQ(result.status, support::exited(input.status)) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  EXPECT_TRUE(result.err.starts_with("msgstat: ")) << result.err;
  EXPECT_NE(result.err.find(input.said), std::string::npos) << result.err;
}

}  // namespace e2e
