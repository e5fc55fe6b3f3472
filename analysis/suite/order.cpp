#include "analysis/suite/order.hpp"

#include <algorithm>

#include "analysis/metric.hpp"
#include "analysis/stats/summary.hpp"

namespace msgstat::analysis::suite {
namespace {

constexpr double kApart = 1.1;

// By `value`, the greatest first.
template <typename Value>
void rank(std::vector<Placed>& models, Value value, std::size_t Placed::*rank) {
  for (Placed& model : models)
    model.*rank = 1 + static_cast<std::size_t>(std::count_if(
                          models.begin(), models.end(),
                          [&](const Placed& other) { return value(other) > value(model); }));
}

std::vector<Placed> place(const Table& table, const Groups& groups) {
  std::vector<Placed> models;
  for (const TableRow& row : table.rows) {
    Placed& model = models.emplace_back(Placed{.model = row.model, .theirs = row.kmps});
    const Group* group = find_group(groups, row.model, table.arm);
    if (group == nullptr) continue;
    const auto summary = stats::summarize(points(
        *group, [group](const Repeat& repeat) { return units_per_s(group->unobserved(repeat)); }));
    if (!summary) continue;
    model.ours = summary->mean;
    model.reach = summary->half_width;
  }
  rank(
      models, [](const Placed& model) { return model.theirs; }, &Placed::their_rank);
  rank(
      models, [](const Placed& model) { return model.ours.value_or(-1); }, &Placed::our_rank);
  std::stable_sort(models.begin(), models.end(),
                   [](const Placed& a, const Placed& b) { return a.their_rank < b.their_rank; });
  return models;
}

}  // namespace

Order compare_order(const Table& table, const Groups& groups) {
  Order order{.models = place(table, groups)};
  for (std::size_t i = 0; i < order.models.size(); ++i) {
    for (std::size_t j = i + 1; j < order.models.size(); ++j) {
      Placed& fast = order.models[i];
      Placed& slow = order.models[j];
      if (fast.theirs < slow.theirs * kApart) continue;
      const Estimate ours = speed_ratio(find_group(groups, fast.model, table.arm),
                                        find_group(groups, slow.model, table.arm));
      if (!ours.value) continue;
      const Value& ratio = *ours.value;
      const bool is_other = ratio.has_interval ? ratio.high < 1 : ratio.mean < 1 / kApart;
      const bool is_same = ratio.has_interval ? ratio.low > 1 : ratio.mean > 1;
      if (is_other) {
        ++order.other;
        fast.other.push_back(slow.model);
        slow.other.push_back(fast.model);
      } else if (is_same) {
        ++order.same;
      } else {
        ++order.open;
        ++fast.open;
        ++slow.open;
      }
    }
  }
  return order;
}

}  // namespace msgstat::analysis::suite
