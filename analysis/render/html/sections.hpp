// The parts of a page that are no charts. Pure; any thread.
#pragma once

#include <string_view>
#include <vector>

#include "analysis/render/html/chart.hpp"
#include "analysis/render/html/markup.hpp"
#include "analysis/render/html/view.hpp"

namespace msgstat::analysis::html {

// The whole style of a page (style.cpp).
Markup style_sheet();

// What the page is about, in a line: "thread: pinned against free".
std::string headline(const View& view);
Markup header(const View& view);
// Each group in a row, each figure in a column.
Markup summary(const View& view);
// What the rules find in each group.
Markup findings(const View& view);
// The machine, the load, what was skipped, what the counts cannot see.
Markup conditions(const View& view);
// Of a suite, its figures beside ours; empty when the recording is of none.
Markup suite_figures(const View& view);

// Numbers in rows; `classes` of the table.
Markup table(const NumberTable& numbers, std::string_view classes);

}  // namespace msgstat::analysis::html
