// A recording as the charts look at it. Borrows the recording. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/compare.hpp"
#include "analysis/group.hpp"
#include "analysis/recording.hpp"
#include "analysis/render/html/call_color.hpp"
#include "analysis/stats/summary.hpp"

namespace msgstat::analysis::html {

// How many calls of one name fall on a unit, and of all of them together.
struct CallRate {
  std::string name;
  double mean = 0;
};

class View {
 public:
  explicit View(const Recording& recording);

  [[nodiscard]] const Recording& recording() const { return recording_; }
  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  [[nodiscard]] const std::vector<ArmComparison>& comparisons() const { return comparisons_; }
  [[nodiscard]] const CallColors& colors() const { return colors_; }

  // "message", or "second" where no group has a unit: what counts are divided by everywhere. A
  // group without units where others have them is in no picture that divides.
  [[nodiscard]] const std::string& base() const { return base_; }
  // "messages"; empty without units.
  [[nodiscard]] const std::string& units_name() const { return units_name_; }
  [[nodiscard]] std::optional<double> per_base(std::optional<double> total,
                                               const Windows& windows) const;

  // "thread, pinned"
  [[nodiscard]] static std::string name(const Group& group);
  [[nodiscard]] bool has_arms() const { return has_arms_; }
  // Class of its arm: "arm-0" the first, to "arm-3"; without arms "arm-1".
  [[nodiscard]] std::string arm_class(const std::string& arm) const;

  // Those that have it, by `of`; or as they were asked for where that says more: arms, few.
  [[nodiscard]] std::vector<const Group*> ordered(
      const std::function<std::optional<double>(const Group&)>& of, bool descending) const;
  // Calls per base of a group, most first. Empty where they were not counted.
  [[nodiscard]] const std::vector<CallRate>& calls(const Group& group) const;

 private:
  [[nodiscard]] std::vector<CallRate> rates_of(const Group& group) const;

  const Recording& recording_;
  std::vector<Group> groups_;
  std::vector<ArmComparison> comparisons_;
  std::string base_;
  std::string units_name_;
  bool has_arms_ = false;
  std::vector<std::string> arms_;
  std::vector<std::vector<CallRate>> calls_;  // of each group
  CallColors colors_;
};

}  // namespace msgstat::analysis::html
