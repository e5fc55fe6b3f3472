#include "analysis/render/text_explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "analysis/findings/figures.hpp"
#include "analysis/findings/finding.hpp"
#include "analysis/findings/sites.hpp"
#include "analysis/printable.hpp"
#include "analysis/render/layout.hpp"
#include "analysis/render/number.hpp"

namespace msgstat::analysis {
namespace {

using namespace render;

constexpr std::size_t kWordsShown = 8;
constexpr std::size_t kCallsShown = 8;
constexpr std::size_t kHandOffsShown = 3;
constexpr std::size_t kSleepsShown = 5;

// "0.25", "8.13": enough digits to tell small from none.
std::string figure(double value) { return value == 0 ? "0" : significant(value, 3); }

void add_findings(std::string& text, const std::vector<Finding>& findings,
                  const Emphasis& emphasis) {
  if (findings.empty()) text += "   No rule finds anything to say.\n\n";
  std::size_t number = 0;
  for (const Finding& finding : findings) {
    text += wrapped_words(fmt::format(" {}. ", ++number),
                          emphasis.bold(printable(finding.title)) +
                              fmt::format(" [{}, {}]", finding.severity, finding.id),
                          4);
    std::vector<std::string> figures;
    for (const auto& [name, value] : finding.evidence)
      figures.push_back(printable(name) + " " + figure(value));
    if (!figures.empty()) text += wrapped("    ", figures, ", ", 4);
    for (const std::string& place : finding.where)
      text += wrapped_words("    at   ", printable(place), 9);
    if (!finding.why.empty()) text += wrapped_words("    why  ", printable(finding.why), 9);
    for (const std::string& attempt : finding.try_this)
      text += wrapped_words("    try  ", printable(attempt), 9);
    text += "\n";
  }
}

struct BudgetLine {
  std::string name;
  double ns = 0;
};

// On a CPU by system call, asleep by system call: the rest of each is one line.
std::vector<BudgetLine> by_call(const SchedulerUse& sched, std::uint64_t CallTime::*part,
                                std::string_view before) {
  std::vector<CallTime> calls = sched.calls;
  std::stable_sort(calls.begin(), calls.end(),
                   [part](const CallTime& a, const CallTime& b) { return a.*part > b.*part; });
  std::vector<BudgetLine> lines;
  double others = 0;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto ns = static_cast<double>(calls[i].*part);
    if (i < kCallsShown && ns > 0)
      lines.push_back({.name = fmt::format("{} {}", before, printable(calls[i].name)), .ns = ns});
    else
      others += ns;
  }
  if (others > 0) lines.push_back({.name = fmt::format("{} others", before), .ns = others});
  return lines;
}

void add_budget(std::string& text, const Run& run, const Emphasis& emphasis) {
  const SchedulerUse& sched = *run.sched;
  std::vector<BudgetLine> lines = {
      {.name = "on a CPU, user", .ns = static_cast<double>(sched.total.user_ns)}};
  for (auto& line : by_call(sched, &CallTime::kernel_ns, "on a CPU, kernel,"))
    lines.push_back(std::move(line));
  lines.push_back({.name = "on a CPU, user or kernel not known",
                   .ns = static_cast<double>(sched.total.unknown_ns)});
  lines.push_back(
      {.name = "waiting for a CPU", .ns = static_cast<double>(sched.total.runnable_ns)});
  for (auto& line : by_call(sched, &CallTime::blocked_ns, "asleep in"))
    lines.push_back(std::move(line));
  lines.push_back(
      {.name = "not seen (the remainder)", .ns = static_cast<double>(sched.remainder_ns)});

  text += "   " +
          emphasis.bold(fmt::format("Where the time of {} threads goes, us a {}",
                                    sched.threads_seen, printable(base_name(run)))) +
          "\n";
  const auto whole = static_cast<double>(sched.whole_ns);
  for (const BudgetLine& line : lines)
    if (line.ns != 0)
      text += pad_left(grouped(per_base(run, line.ns / 1e3), 2), 17) +
              pad_left(fmt::format("{:.1f} %", whole > 0 ? 100 * line.ns / whole : 0), 9) + "   " +
              line.name + "\n";
  text += pad_left(grouped(per_base(run, whole / 1e3), 2), 17) + pad_left("100.0 %", 9) +
          "   the whole\n";
  const double wakeups = static_cast<double>(sched.total.wakeups);
  if (wakeups > 0)
    text += wrapped_words(
        "   ",
        fmt::format("switches: {} had to wait, {} preempted, {} to another CPU; from woken to "
                    "running {} us on average",
                    each(run, static_cast<double>(sched.total.voluntary)),
                    each(run, static_cast<double>(sched.total.involuntary)),
                    each(run, static_cast<double>(sched.total.migrations)),
                    figure(static_cast<double>(sched.total.wakeup_ns) / wakeups / 1e3)),
        3);
  text += "\n";
}

void add_words(std::string& text, const Run& run, const Emphasis& emphasis) {
  const FutexUse& futex = *run.futex;
  text += "   " +
          emphasis.bold(fmt::format("Futex words: {}; calls: {}",
                                    grouped_count(static_cast<double>(futex.words_seen)),
                                    each(run, static_cast<double>(futex.calls)))) +
          "\n";
  if (!futex.words.empty()) text += "      calls     share  failed  wasted   sleep us  word\n";
  for (std::size_t i = 0; i < futex.words.size() && i < kWordsShown; ++i) {
    const FutexWord& word = futex.words[i];
    const double calls = futex_calls_of(word);
    const double waits = waits_of(word);
    const double wakes = wakes_of(word);
    const auto share = [](double part, double of) {
      return of > 0 ? fmt::format("{:.0f} %", 100 * part / of) : std::string("-");
    };
    text += pad_left(figure(per_base(run, calls)), 11) +
            pad_left(share(calls, static_cast<double>(futex.calls)), 10) +
            pad_left(share(static_cast<double>(word.changed + word.timed_out), waits), 8) +
            pad_left(share(static_cast<double>(word.woke_none), wakes), 8) +
            pad_left(word.sleeps > 0 ? figure(mean_sleep_us(word)) : "-", 11) + "  " +
            printable(name_of(word)) + ": " + word.lock + printable(owner_clause(word)) + "\n";
  }
  std::size_t shown = 0;
  for (const HandOff& hand_off : futex.hand_offs) {
    if (shown++ == kHandOffsShown) break;
    text += fmt::format("   {} hand-offs from thread {} to {}, {} to another CPU\n",
                        grouped_count(static_cast<double>(hand_off.count)), hand_off.waker,
                        hand_off.waiter, grouped_count(static_cast<double>(hand_off.cross_cpu)));
  }
  if (futex.calls_without_word > 0)
    text += fmt::format("   {} calls more are on no word: their table was full\n",
                        grouped_count(static_cast<double>(futex.calls_without_word)));
  if (futex.hand_offs_untold > 0)
    text += fmt::format("   {} hand-offs more are in no pair of threads: their table was full\n",
                        grouped_count(static_cast<double>(futex.hand_offs_untold)));
  text += "\n";
}

void add_sleeps(std::string& text, const Run& run, const Emphasis& emphasis) {
  const std::vector<CallSite>& sites = run.sched->sites;
  if (sites.empty()) return;
  text += "   " +
          emphasis.bold(fmt::format("Where threads sleep, us a {}", printable(base_name(run)))) +
          "\n";
  for (std::size_t i = 0; i < sites.size() && i < kSleepsShown; ++i)
    text += wrapped_words(
        pad_left(grouped(per_base(run, static_cast<double>(sites[i].asleep_ns) / 1e3), 2), 17) +
            "   ",
        printable(sites[i].call + ": " + name_of(sites[i])), 20);
  if (run.futex) {
    const StackSampling& stacks = run.futex->stacks;
    text += wrapped_words(
        "   ",
        fmt::format("of {} stacks that were sampled ({} lost), {:.0f} a second, each {:.1f} us",
                    grouped_count(static_cast<double>(stacks.samples)),
                    grouped_count(static_cast<double>(stacks.lost)),
                    per_second(run, static_cast<double>(stacks.samples)),
                    stacks.samples > 0 ? static_cast<double>(stacks.cost_ns) /
                                             static_cast<double>(stacks.samples) / 1e3
                                       : 0),
        3);
  }
  text += "\n";
}

std::string explain_run(const Run& run, const Emphasis& emphasis) {
  std::string text = " " + emphasis.bold(printable(run.label));
  if (!run.arm.empty()) text += ", " + printable(run.arm);
  text += fmt::format(", {:.2f} s", run.window.seconds);
  if (run.unit)
    text += fmt::format(", {} {}s", grouped_count(static_cast<double>(run.unit->count)),
                        printable(run.unit->name));
  text += "\n\n";
  add_findings(text, find_findings(run), emphasis);
  if (run.sched) add_budget(text, run, emphasis);
  if (run.sched) add_sleeps(text, run, emphasis);
  if (run.futex) add_words(text, run, emphasis);
  if (!run.sched && !run.futex)
    text += wrapped_words("   ",
                          "Recorded at a lower level than explain: only the rules that need counts "
                          "could judge it.",
                          3);
  return text;
}

}  // namespace

std::string render_explanation(const Recording& recording, const TextOptions& options) {
  const Emphasis emphasis{options.color};
  std::string text = "\n";
  for (const Run& run : recording.runs)
    if (run.window.measured) text += explain_run(run, emphasis) + "\n";
  if (text.size() == 1) text += " Nothing was measured.\n";
  return text;
}

}  // namespace msgstat::analysis
