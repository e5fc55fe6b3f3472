// Bars that are made of parts, one a row, on one axis from zero. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "analysis/render/html/chart.hpp"

namespace msgstat::analysis::html {

struct Part {
  std::string label;
  double value = 0;
  std::string classes;
};

struct Bar {
  std::string name;
  std::vector<Part> parts;  // in the order in which they are stacked
  std::string note;         // beside its end; may be empty
  [[nodiscard]] double total() const;
};

struct Stack {
  std::string title;
  std::string axis;     // "calls a message"
  std::string unit;     // after a number: "a message", "µs a message"
  std::string reading;  // what is to be seen
  std::vector<Bar> bars;
};

// Picture and numbers, and a legend of the parts that can be seen, in their order in the bars.
// Parts too thin to be seen are drawn together, and stand in the numbers.
Figure draw_stack(const Stack& stack);

}  // namespace msgstat::analysis::html
