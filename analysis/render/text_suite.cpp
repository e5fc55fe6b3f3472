#include "analysis/render/text_suite.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "analysis/printable.hpp"
#include "analysis/render/layout.hpp"
#include "analysis/render/number.hpp"
#include "analysis/suite/order.hpp"

namespace msgstat::analysis::render {
namespace {

using suite::Estimate;
using suite::Expectation;
using suite::Order;
using suite::Placed;
using suite::Rule;
using suite::Value;
using suite::Verdict;

constexpr std::size_t kWhatWidth = 34;
constexpr std::size_t kNumberWidth = 11;
constexpr std::size_t kIntervalWidth = 22;

// With four figures, also of what is small.
std::string figure(double number) {
  const double size = std::fabs(number);
  if (size >= 1e6) return fmt::format("{:.1e}", number);
  if (size >= 0.1 || size == 0) return four_figures(number);
  return size >= 0.0001 ? grouped(number, size >= 0.01 ? 4 : 5) : fmt::format("{:.1e}", number);
}

std::string interval_of(const Value& value) {
  if (!value.has_interval) return "-";
  return figure(value.low) + " to " + figure(value.high);
}

struct Tally {
  std::size_t agree = 0;
  std::size_t differ = 0;
  std::size_t open = 0;
  std::size_t unknown = 0;
};

Verdict verdict_of(const Placed& model) {
  if (!model.other.empty()) return Verdict::kDiffers;
  return model.open > 0 ? Verdict::kOpen : Verdict::kAgrees;
}

class SuiteText {
 public:
  SuiteText(const std::vector<Group>& groups, const TextOptions& options)
      : groups_(groups), emphasis_{options.color} {}

  void heading(const std::string& title) {
    text_ += "\n " + emphasis_.bold(title) + "\n";
    text_ +=
        emphasis_.dim(" " + pad_right("", kWhatWidth) + pad_left("deck", kNumberWidth) +
                      pad_left("here", kNumberWidth) + pad_left("95 % interval", kIntervalWidth)) +
        "\n";
  }

  void line(const Expectation& expected) {
    std::string row = " " + pad_right(expected.what, kWhatWidth) +
                      pad_left(figure(expected.theirs), kNumberWidth);
    const Estimate ours = expected.measure(groups_);
    if (!ours.value) {
      ++tally_.unknown;
      text_ += row + pad_left("-", kNumberWidth) + "  " + printable(ours.missing) + "\n";
      return;
    }
    const Rule& rule = *expected.rule;
    const Verdict verdict = judge(rule, expected.theirs, ours.value->low, ours.value->high);
    if (std::find(rules_.begin(), rules_.end(), &rule) == rules_.end()) rules_.push_back(&rule);
    row += pad_left(figure(ours.value->mean), kNumberWidth) +
           pad_left(interval_of(*ours.value), kIntervalWidth) + "  " + count(verdict) + " (" +
           rule.name + ")";
    text_ += row + "\n";
  }

  // `arm` that got fewer connections than it asked for, once.
  void say_limits(const std::string& arm) {
    std::vector<std::string> said;
    for (const Group& group : groups_) {
      if (group.arm != arm || !group.first().load || !group.first().load->asked) continue;
      const Load& load = *group.first().load;
      const std::string sentence =
          fmt::format("{} of {} connections: {}", grouped(static_cast<double>(load.connections), 0),
                      grouped(static_cast<double>(load.asked->connections), 0), load.asked->reason);
      if (std::find(said.begin(), said.end(), sentence) == said.end()) said.push_back(sentence);
    }
    for (const std::string& sentence : said) text_ += wrapped_words("   ", sentence, 3);
  }

  void order(const Order& order) {
    text_ += emphasis_.dim(" " + pad_right("messages/s, fastest first", kWhatWidth) +
                           pad_left("deck rank", kNumberWidth) + pad_left("here", kNumberWidth) +
                           pad_left("k msg/s", kIntervalWidth)) +
             "\n";
    for (const Placed& model : order.models) {
      std::string row = " " + pad_right(model.model, kWhatWidth) +
                        pad_left(std::to_string(model.their_rank), kNumberWidth);
      if (!model.ours) {
        ++tally_.unknown;
        text_ += row + pad_left("-", kNumberWidth) + "  not run\n";
        continue;
      }
      row += pad_left(std::to_string(model.our_rank), kNumberWidth) +
             pad_left(grouped(*model.ours / 1e3, 1) +
                          (model.reach ? " ± " + grouped(*model.reach / 1e3, 1) : std::string()),
                      kIntervalWidth) +
             "  ";
      row += count(verdict_of(model)) + " (order)";
      text_ += model.other.empty() ? row + "\n" : wrapped(row + " with ", model.other, ", ", 6);
    }
    text_ += fmt::format(
        "   of {} pairs that the deck sets apart, {} come in its order here, {} in the other, {} "
        "are open\n",
        order.same + order.other + order.open, order.same, order.other, order.open);
  }

  std::string take() {
    text_ += "\n " + emphasis_.bold("rules") + "\n";
    text_ += wrapped_words("   ",
                           "agrees: all of our interval, without repeats our point, is where "
                           "the rule says; differs: none of it is; open: it is too wide to say",
                           3);
    for (const Rule* rule : rules_)
      text_ += wrapped_words("   " + pad_right(rule->name, 12), rule->sentence, 15);
    text_ +=
        wrapped_words("   " + pad_right("order", 12),
                      "two models that the deck sets at least a tenth apart differ when all "
                      "of the interval of their ratio, without repeats more than a tenth, says "
                      "the other order; the pair is open when it says neither",
                      15);
    text_ += fmt::format("\n {} figures agree, {} differ, {} could not be compared\n", tally_.agree,
                         tally_.differ, tally_.unknown);
    return std::move(text_);
  }

 private:
  std::string count(Verdict verdict) {
    switch (verdict) {
      case Verdict::kAgrees:
        ++tally_.agree;
        return "agrees";
      case Verdict::kDiffers:
        ++tally_.differ;
        return emphasis_.bold("differs");
      case Verdict::kOpen:
        break;
    }
    ++tally_.open;
    return "open";
  }

  const std::vector<Group>& groups_;
  Emphasis emphasis_;
  std::string text_;
  std::vector<const Rule*> rules_;
  Tally tally_;
};

}  // namespace

std::string text_of_suite(const suite::Suite& suite, const std::vector<Group>& groups,
                          const TextOptions& options) {
  SuiteText text(groups, options);
  for (const suite::Slide& slide : suite.slides) {
    text.heading(slide.title);
    for (const Expectation& expected : slide.expectations) text.line(expected);
  }
  for (const suite::Table& table : suite.tables) {
    text.heading(table.title + ": share of system in CPU time");
    text.say_limits(table.arm);
    for (const suite::TableRow& row : table.rows)
      text.line({.what = row.model,
                 .theirs = row.system_s / (row.system_s + row.user_s),
                 .rule = &suite::kShare,
                 .measure = suite::system_share(row.model, table.arm)});
    text.order(suite::compare_order(table, groups));
  }
  return text.take();
}

}  // namespace msgstat::analysis::render
