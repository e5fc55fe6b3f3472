// Whether our models come in the order of their table. Pure; any thread.
//
// Two models are compared when the table sets them at least a tenth apart. A pair has the same
// order as there, or the other when all of our interval says so (without repeats: by more than a
// tenth), or is open.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "analysis/suite/suite.hpp"

namespace msgstat::analysis::suite {

struct Placed {
  std::string model;
  double theirs = 0;  // kmps
  std::size_t their_rank = 0;
  std::optional<double> ours;      // messages/s, in the mean of the repeats
  std::optional<double> reach;     // of its 95 % interval
  std::size_t our_rank = 0;        // among those that were run
  std::vector<std::string> other;  // models to which it stands the other way round
  std::size_t open = 0;            // pairs of it that are open
};

struct Order {
  std::vector<Placed> models;  // by their rank
  std::size_t same = 0;
  std::size_t other = 0;
  std::size_t open = 0;
};

Order compare_order(const Table& table, const Groups& groups);

}  // namespace msgstat::analysis::suite
