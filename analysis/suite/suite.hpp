// A suite: cases that are run together, and what somebody else measured of them, to hold a
// recording against. A suite is one entry of the table in suite.cpp; its figures are data, and what
// becomes of them is decided by rules that are printed (rule.hpp). Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/suite/estimate.hpp"
#include "analysis/suite/rule.hpp"

namespace msgstat::analysis::suite {

using Changes = std::vector<std::pair<std::string, std::string>>;  // settings of bench: key, value

// Models that run under the same settings. Their runs have `arm` as their arm.
struct Case {
  std::string arm;
  std::vector<std::string> models;
  Changes changes;
};

// One figure of theirs.
struct Expectation {
  std::string what;  // "futex per message"
  double theirs = 0;
  const Rule* rule = nullptr;
  Measure measure;
};

// Expectations that stand on one slide.
struct Slide {
  std::string title;
  std::vector<Expectation> expectations;
};

// A table of models: thousands of messages, and CPU seconds of the server.
struct TableRow {
  std::string model;
  double kmps = 0;
  double system_s = 0;
  double user_s = 0;
};
struct Table {
  std::string title;
  std::string arm;
  std::vector<TableRow> rows;
};

struct Suite {
  std::string name;
  std::string description;  // half a line
  Changes settings;         // of every case
  Changes quick;            // on top, when it is to be quick
  unsigned repeats = 1;
  std::vector<Case> cases;
  std::vector<Slide> slides;
  std::vector<Table> tables;
};

std::span<const Suite> suites();
// Nothing when there is none of that name.
const Suite* find_suite(std::string_view name);

}  // namespace msgstat::analysis::suite
