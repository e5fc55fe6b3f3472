#include "analysis/render/html/sections.hpp"

namespace msgstat::analysis::html {

Markup table(const NumberTable& numbers, std::string_view classes) {
  Markup heads;
  for (const std::string& heading : numbers.headings)
    heads += element("th", {{"scope", "col"}}, heading);
  Markup rows;
  for (const auto& row : numbers.rows) {
    Markup cells;
    for (std::size_t i = 0; i < row.size(); ++i)
      cells += i == 0 ? element("th", {{"scope", "row"}}, row[i]) : element("td", {}, row[i]);
    rows += element("tr", {}, cells);
  }
  return element(
      "div",
      {{"class", "scroll"},
       {"tabindex", "0"},
       {"role", "region"},
       {"aria-label", numbers.caption + ", a table that may scroll"}},
      element("table", {{"class", classes}},
              element("caption", {}, numbers.caption) +
                  element("thead", {}, element("tr", {}, heads)) + element("tbody", {}, rows)));
}

}  // namespace msgstat::analysis::html
