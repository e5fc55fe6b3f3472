#include "analysis/suite/suite.hpp"

#include <algorithm>

#include "analysis/suite/slides.hpp"

namespace msgstat::analysis::suite {

std::span<const Suite> suites() {
  static const std::vector<Suite> table = {make_slides()};
  return table;
}

const Suite* find_suite(std::string_view name) {
  const auto all = suites();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [name](const Suite& suite) { return suite.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace msgstat::analysis::suite
