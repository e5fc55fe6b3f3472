#include "analysis/findings/sites.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

namespace msgstat::analysis {
namespace {

constexpr std::size_t kPlaces = 3;
constexpr std::size_t kFunctions = 2;

std::string_view base_name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_python(const StackFrame& frame) { return frame.line > 0; }

// What any program waits in: says nothing of this one.
bool is_of_c_library(const StackFrame& frame) {
  static constexpr std::array<std::string_view, 5> kNames = {"libc.so", "libc-2", "libpthread",
                                                             "ld-linux", "ld-musl"};
  const std::string_view file = base_name_of(frame.file);
  return std::any_of(kNames.begin(), kNames.end(),
                     [file](std::string_view name) { return file.starts_with(name); });
}

std::string name_of(const StackFrame& frame) {
  const std::string_view file = base_name_of(frame.file);
  if (is_python(frame)) return fmt::format("{} at {}:{}", frame.function, file, frame.line);
  if (frame.function.empty()) return fmt::format("{}+{:#x}", file, frame.offset);
  return fmt::format("{}+{:#x} in {}", frame.function, frame.offset, file);
}

std::string joined(const std::vector<const StackFrame*>& frames) {
  std::string text;
  for (std::size_t i = 0; i < frames.size() && i < kFunctions; ++i)
    text += (i == 0 ? "" : ", from ") + name_of(*frames[i]);
  return text;
}

}  // namespace

std::string name_of(const CallSite& site) {
  std::vector<const StackFrame*> python;
  std::vector<const StackFrame*> own;
  for (const StackFrame& frame : site.frames) {
    if (is_python(frame)) python.push_back(&frame);
    if (!is_of_c_library(frame)) own.push_back(&frame);
  }
  if (!python.empty()) return joined(python);
  if (!own.empty()) return joined(own);
  return site.frames.empty() ? "unknown" : name_of(site.frames.front());
}

std::vector<std::string> where(const std::vector<CallSite>& sites) {
  double all = 0;
  std::map<std::string, double> shares;
  for (const CallSite& site : sites) {
    const auto weight = static_cast<double>(site.calls);
    all += weight;
    shares[name_of(site) + "\n" + site.call] += weight;
  }
  std::vector<std::pair<std::string, double>> sorted(shares.begin(), shares.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> text;
  for (const auto& [name, weight] : sorted) {
    if (text.size() == kPlaces || all <= 0) break;
    const std::size_t split = name.find('\n');
    text.push_back(fmt::format("{} {:.0f} %: {}", name.substr(split + 1), 100 * weight / all,
                               name.substr(0, split)));
  }
  return text;
}

std::vector<std::string> where(const FutexWord& word) { return where(word.sites); }

}  // namespace msgstat::analysis
