#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "analysis/render/html/charts.hpp"
#include "analysis/render/html/drawing.hpp"
#include "analysis/render/html/hand_off_flows.hpp"
#include "analysis/render/number.hpp"

namespace msgstat::analysis::html {
namespace {

using render::grouped;
using render::significant;

constexpr double kTop = 34;
constexpr double kHeight = 300;  // of all hand-offs together
constexpr double kThread = 18;   // the least from one node to the next, so that labels do not touch
constexpr double kWord = 40;
constexpr double kGap = 6;
constexpr double kNode = 12;
constexpr double kWakers = 210;
constexpr double kWords = 440;
constexpr double kWaiters = 830;

struct Column {
  std::vector<double> tops;
  double height = 0;
};

double thickness(double count, double total) { return count / total * kHeight; }

Column column_of(const std::vector<FlowNode>& nodes, double total, double least) {
  Column column;
  for (const FlowNode& node : nodes) {
    column.tops.push_back(column.height);
    column.height += std::max(thickness(node.count, total) + kGap, least);
  }
  return column;
}

void centre(Column& column, double height) {
  for (double& top : column.tops) top += kTop + (height - column.height) / 2;
}

std::string ribbon(double left, double from, double right, double to, double thick) {
  const double middle = (left + right) / 2;
  return fmt::format(
      "M{0:.1f} {1:.1f} C{2:.1f} {1:.1f} {2:.1f} {3:.1f} {4:.1f} {3:.1f} L{4:.1f} {5:.1f} "
      "C{2:.1f} {5:.1f} {2:.1f} {6:.1f} {0:.1f} {6:.1f} Z",
      left, from, middle, to, right, to + thick, from + thick);
}

std::string shade(std::size_t word) {
  return word == 0 ? "lock" : fmt::format("lock shade-{}", std::min<std::size_t>(word, 3));
}

std::string text_of(double count) { return grouped(count, 0); }

// One side: the ribbons between the threads and the words, in the order of both.
void draw_flows(Drawing& drawing, const HandOffFlows& flows, bool to_waiters, const Column& threads,
                const Column& words) {
  std::vector<double> at_thread = threads.tops;
  std::vector<double> at_word = words.tops;
  for (const Flow& flow : to_waiters ? flows.to_waiters : flows.from_wakers) {
    const double thick = thickness(flow.count, flows.total);
    const std::vector<FlowNode>& nodes = to_waiters ? flows.waiters : flows.wakers;
    const double y_thread = at_thread[flow.thread];
    const double y_word = at_word[flow.word];
    drawing.path(
        to_waiters ? ribbon(kWords + kNode, y_word, kWaiters, y_thread, thick)
                   : ribbon(kWakers + kNode, y_thread, kWords, y_word, thick),
        "flow " + shade(flow.word),
        fmt::format("{} {} {}: {}", nodes[flow.thread].label, to_waiters ? "woken at" : "wakes at",
                    flows.words[flow.word].label, text_of(flow.count)));
    at_thread[flow.thread] += thick;
    at_word[flow.word] += thick;
  }
}

void draw_threads(Drawing& drawing, const std::vector<FlowNode>& nodes, const Column& column,
                  double x, double total, bool is_left) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const double thick = std::max(thickness(nodes[i].count, total), 1.0);
    const std::string label = fmt::format("{} · {}", nodes[i].label, text_of(nodes[i].count));
    drawing.rectangle({x, column.tops[i]}, kNode, thick, "node", label);
    drawing.text({is_left ? x - 8 : x + kNode + 8, column.tops[i] + std::max(thick / 2, 4.0) + 4},
                 fitted(label, 195, 12), is_left ? "small end" : "small", label);
  }
}

void draw_words(Drawing& drawing, const HandOffFlows& flows, const Column& column) {
  for (std::size_t i = 0; i < flows.words.size(); ++i) {
    const FlowNode& word = flows.words[i];
    const double thick = std::max(thickness(word.count, flows.total), 1.0);
    drawing.rectangle({kWords, column.tops[i]}, kNode, thick, "word " + shade(i),
                      fmt::format("{}: {} hand-offs", word.label, text_of(word.count)));
    const double y = column.tops[i] + std::max(thick / 2, 8.0);
    const std::string label = fmt::format("{} · {}", word.label, text_of(word.count));
    drawing.text({kWords + kNode + 8, y + 2}, fitted(label, 340), "halo strong", label);
    if (!word.detail.empty())
      drawing.text({kWords + kNode + 8, y + 18}, fitted(word.detail, 340, 12), "halo small",
                   word.detail);
  }
}

Markup picture(const HandOffFlows& flows, const std::string& reading) {
  Column wakers = column_of(flows.wakers, flows.total, kThread);
  Column words = column_of(flows.words, flows.total, kWord);
  Column waiters = column_of(flows.waiters, flows.total, kThread);
  const double height = std::max({wakers.height, words.height, waiters.height});
  for (Column* column : {&wakers, &words, &waiters}) centre(*column, height);
  Drawing drawing;
  drawing.text({kWakers + kNode, 16}, "wake", "tick end");
  drawing.text({kWords, 16}, "at the word", "tick");
  drawing.text({kWaiters, 16}, "are woken", "tick");
  draw_flows(drawing, flows, false, wakers, words);
  draw_flows(drawing, flows, true, waiters, words);
  draw_threads(drawing, flows.wakers, wakers, kWakers, flows.total, true);
  draw_threads(drawing, flows.waiters, waiters, kWaiters, flows.total, false);
  draw_words(drawing, flows, words);
  return drawing.finish(kTop + height + 4, "Hand-offs between threads and futex words", reading);
}

NumberTable numbers_of(const HandOffFlows& flows) {
  NumberTable numbers{.caption = "Hand-offs: who wakes at which word, and who is woken",
                      .headings = {"thread", "word", "wakes", "is woken"},
                      .rows = {}};
  const auto add = [&](const std::vector<FlowNode>& nodes, const std::vector<Flow>& side,
                       std::size_t column) {
    for (const Flow& flow : side) {
      std::vector<std::string> cells = {nodes[flow.thread].label, flows.words[flow.word].label, "",
                                        ""};
      if (!flows.words[flow.word].detail.empty())
        cells[1] += " (" + flows.words[flow.word].detail + ")";
      cells[column] = text_of(flow.count);
      numbers.rows.push_back(std::move(cells));
    }
  };
  add(flows.wakers, flows.from_wakers, 2);
  add(flows.waiters, flows.to_waiters, 3);
  return numbers;
}

std::string reading(const View& view, const Run& run, const HandOffFlows& flows) {
  std::string text = fmt::format("{} times a thread woke another", text_of(flows.total));
  if (run.unit && run.unit->count > 0)
    text +=
        fmt::format(", {} a {}", significant(flows.total / static_cast<double>(run.unit->count), 3),
                    view.base());
  text += fmt::format("; {} % of that at {}.",
                      significant(100 * flows.words.front().count / flows.total, 2),
                      flows.words.front().label);
  const double cross = std::accumulate(run.futex->words.begin(), run.futex->words.end(), 0.0,
                                       [](double sum, const FutexWord& word) {
                                         return sum + static_cast<double>(word.cross_cpu_hand_offs);
                                       });
  return text +
         fmt::format(" {} % went to another CPU.", significant(100 * cross / flows.total, 2));
}

}  // namespace

std::vector<Figure> draw_hand_offs(const View& view) {
  std::vector<Figure> figures;
  for (const Group& group : view.groups()) {
    // Threads of different runs are different threads: one run is drawn.
    const Run* chosen = nullptr;
    for (const Repeat& repeat : group.repeats)
      for (const Run* run : repeat.measured)
        if (chosen == nullptr && run->futex) chosen = run;
    if (chosen == nullptr) continue;
    const HandOffFlows flows = flows_of(*chosen);
    if (flows.words.empty()) continue;
    Figure figure;
    figure.title = View::name(group);
    if (group.repeats.size() > 1) figure.title += fmt::format(", run {}", chosen->repeat + 1);
    figure.reading = reading(view, *chosen, flows);
    figure.picture = picture(flows, figure.reading);
    figure.numbers = numbers_of(flows);
    figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace msgstat::analysis::html
