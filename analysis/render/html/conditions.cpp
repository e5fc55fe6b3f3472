#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/printable.hpp"
#include "analysis/render/host_line.hpp"
#include "analysis/render/html/sections.hpp"
#include "analysis/render/text_run.hpp"

namespace msgstat::analysis::html {
namespace {

class Facts {
 public:
  void add(std::string_view name, const Markup& what) {
    entries_ += element("div", {}, element("dt", {}, name) + element("dd", {}, what));
  }
  void add(std::string_view name, std::string_view what) { add(name, text(what)); }
  void add(std::string_view name, const std::vector<std::string>& lines) {
    Markup items;
    for (const std::string& line : lines) items += element("li", {}, line);
    if (!lines.empty()) add(name, element("ul", {}, items));
  }
  [[nodiscard]] Markup take() const { return element("dl", {{"class", "conditions"}}, entries_); }

 private:
  Markup entries_;
};

std::string settings_of(const ArmSettings& arm) {
  std::string text = arm.name + ":";
  for (const auto& [key, value] : arm.settings) text += fmt::format(" {}={}", key, value);
  return arm.settings.empty() ? arm.name + ": nothing is different" : text;
}

// Each once, with the groups that it is said of when not of all.
std::vector<std::string> said_of(
    const View& view, const std::function<std::vector<std::string>(const Group&)>& sentences_of) {
  std::vector<std::pair<std::string, std::vector<std::string>>> all;
  for (const Group& group : view.groups())
    for (const std::string& sentence : sentences_of(group)) {
      auto found = std::find_if(all.begin(), all.end(),
                                [&sentence](const auto& one) { return one.first == sentence; });
      if (found == all.end()) found = all.insert(found, {sentence, std::vector<std::string>()});
      found->second.push_back(View::name(group));
    }
  std::vector<std::string> lines;
  for (const auto& [sentence, names] : all) {
    if (names.size() == view.groups().size()) {
      lines.push_back(sentence);
      continue;
    }
    std::string of;
    for (const std::string& name : names) {
      if (!of.empty()) of += "; ";
      of += name;
    }
    lines.push_back(fmt::format("{}: {}", of, sentence));
  }
  return lines;
}

std::vector<std::string> blind_spots_of(const Group& group) {
  std::set<std::string> all;
  for (const Repeat& repeat : group.repeats)
    for (const Run* run : repeat.measured)
      all.insert(run->blind_spots.begin(), run->blind_spots.end());
  return {all.begin(), all.end()};
}

// A counter without a value, and why.
std::vector<std::string> not_counted_in(const Group& group) {
  std::set<std::string> all;
  for (const Repeat& repeat : group.repeats)
    for (const Run* run : repeat.measured) {
      for (const Counter& counter : run->counters)
        if (!counter.value) all.insert(counter.name + ": " + counter.reason);
      if (!run->syscalls) all.insert("system calls: " + run->syscalls_reason);
    }
  return {all.begin(), all.end()};
}

std::vector<std::string> command_of(const Group& group) {
  const std::vector<std::string>& command = group.first().target.command;
  if (command.empty()) return {};
  return {printable_command(command)};
}

}  // namespace

Markup conditions(const View& view) {
  const Recording& recording = view.recording();
  Facts facts;
  facts.add("Machine", render::host_line(recording.host));
  if (!recording.command.empty())
    facts.add("Command", element("code", {}, printable_command(recording.command)));
  std::vector<std::string> arms;
  for (const ArmSettings& arm : recording.arms) arms.push_back(settings_of(arm));
  facts.add("Arms", arms);
  if (recording.seed) facts.add("Order drawn from", fmt::format("--seed {}", *recording.seed));
  facts.add("Ran under", said_of(view, render::facts_of));
  facts.add("Targets", said_of(view, command_of));
  facts.add("Without a value", said_of(view, not_counted_in));
  facts.add("Not seen", said_of(view, blind_spots_of));
  std::vector<std::string> skipped;
  for (const Skipped& one : recording.skipped)
    skipped.push_back(one.label + (one.arm.empty() ? "" : ", " + one.arm) + ": " + one.reason);
  facts.add("Skipped", skipped);
  return facts.take();
}

}  // namespace msgstat::analysis::html
