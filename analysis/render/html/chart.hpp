// The table of charts of a report. A chart is one file with one function, declared in charts.hpp,
// and one line of the table. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/render/html/markup.hpp"
#include "analysis/render/html/view.hpp"

namespace msgstat::analysis::html {

// What a picture shows, as numbers: for who does not see it. The first column names the row.
struct NumberTable {
  std::string caption;
  std::vector<std::string> headings;
  std::vector<std::vector<std::string>> rows;
};

struct Figure {
  std::string title;    // of this one among several; may be empty
  std::string reading;  // what is to be seen, a sentence or two
  Markup legend;
  Markup picture;
  NumberTable numbers;
};

struct Chart {
  Literal id;
  Literal title;
  // None: the recording lacks what it shows, and `otherwise` says how to get it.
  std::vector<Figure> (*draw)(const View& view) = nullptr;
  Literal otherwise;
};

std::span<const Chart> charts();

// A swatch of that class, and what it stands for.
Markup legend_entry(std::string_view classes, std::string_view label);
Markup legend(const Markup& entries);

}  // namespace msgstat::analysis::html
