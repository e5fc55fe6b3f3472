#include "cli/target_id.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "analysis/printable.hpp"
#include "tracer/error.hpp"

namespace msgstat::cli {
namespace {

pid_t parse_id(const std::string& text, const char* what) {
  pid_t pid = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, pid);
  const std::string shown = analysis::printable(text);
  if (text == "self" || (error == std::errc() && stop == end && pid == ::getpid()))
    throw UsageError(fmt::format("'{}' is msgstat itself, which does nothing but measure", shown),
                     "a program measures itself through the library: msgstat.hpp, msgstat.h, "
                     "import msgstat");
  if (error != std::errc() || stop != end || pid <= 0)
    throw UsageError(fmt::format("'{}' is no {} id", shown, what));
  return pid;
}

std::vector<pid_t> parse_ids(const std::vector<std::string>& texts, const char* what) {
  std::vector<pid_t> ids;
  for (const std::string& text : texts)
    if (const pid_t id = parse_id(text, what); std::find(ids.begin(), ids.end(), id) == ids.end())
      ids.push_back(id);
  return ids;
}

}  // namespace

pid_t parse_process_id(const std::string& text) { return parse_id(text, "process"); }

std::vector<pid_t> parse_process_ids(const std::vector<std::string>& texts) {
  return parse_ids(texts, "process");
}

std::vector<pid_t> parse_thread_ids(const std::vector<std::string>& texts) {
  return parse_ids(texts, "thread");
}

}  // namespace msgstat::cli
