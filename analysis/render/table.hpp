// The columns of a text report of one group: a total, what of it falls on a unit, its interval when
// there were repeats, what it is, and remarks. As perf stat, the numbers stand first. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/group.hpp"
#include "analysis/render/layout.hpp"
#include "analysis/stats/summary.hpp"

namespace msgstat::analysis::render {

struct Row {
  std::optional<stats::Summary> total;
  std::optional<stats::Summary> per_unit;
  std::string total_unit;
  std::string per_unit_unit;
  std::string instead;  // in the place of a total that is absent
  std::string name;
  std::vector<std::string> remarks;
  int per_unit_decimals = 4;
  int total_decimals = 0;  // more for what is no count
};

// Which windows of a repeat, and what of them is added up.
using Choice = std::function<const Windows&(const Repeat&)>;
using Total = std::function<std::optional<double>(const Windows&)>;
struct Scale {
  double total = 1;
  double per_unit = 1;
};
Row make_row(const Group& group, const Choice& windows, const Total& total, std::string name,
             Scale scale = {});

class Table {
 public:
  // `unit` is what is counted, "message"; empty when nothing is.
  // `deviations`: repeated, the totals have their relative deviation beside them.
  Table(std::string unit, bool repeated, Emphasis emphasis, bool deviations = false)
      : unit_(std::move(unit)),
        repeated_(repeated),
        emphasis_(emphasis),
        deviations_(repeated && deviations) {}

  [[nodiscard]] const std::string& unit() const { return unit_; }
  [[nodiscard]] bool is_repeated() const { return repeated_; }
  [[nodiscard]] const Emphasis& emphasis() const { return emphasis_; }

  // A sentence that says what follows, and the headings of the columns.
  void section(const std::string& sentence);
  void add(const Row& row);
  // `instead` in the place of the total of all the `names`, and the reason once.
  void absent(std::string_view instead, const std::vector<std::string>& names,
              std::string_view reason);
  // "lost      nothing"
  void statement(std::string_view head, std::string_view sentence);
  void blank() { text_ += "\n"; }
  void append(std::string_view text) { text_ += text; }

  std::string take() { return std::move(text_); }

  // Where the totals end, and where the names start.
  static constexpr std::size_t kTotalWidth = 17;
  static constexpr std::size_t kUnitWidth = 3;
  [[nodiscard]] std::size_t name_column() const;

 private:
  std::string unit_;
  bool repeated_;
  Emphasis emphasis_;
  bool deviations_;
  std::string text_;
};

}  // namespace msgstat::analysis::render
