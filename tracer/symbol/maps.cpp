#include "tracer/symbol/maps.hpp"

#include <charconv>
#include <optional>

namespace msgstat::tracer {
namespace {

// Takes the next word off the front of `line`.
std::string_view next_word(std::string_view& line) {
  const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  const std::size_t end = std::min(line.find(' ', begin), line.size());
  const std::string_view word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

std::optional<std::uint64_t> hexadecimal(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<MappedRegion> parse_line(std::string_view line) {
  const std::string_view range = next_word(line);
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto start = hexadecimal(range.substr(0, dash));
  const auto end = hexadecimal(range.substr(dash + 1));
  const std::string_view rights = next_word(line);
  const auto offset = hexadecimal(next_word(line));
  if (!start || !end || !offset || *start >= *end || rights.size() < 3) return std::nullopt;
  next_word(line);  // device
  next_word(line);  // inode
  const std::size_t path = line.find_first_not_of(' ');
  return MappedRegion{
      .start = *start,
      .end = *end,
      .readable = rights[0] == 'r',
      .writable = rights[1] == 'w',
      .executable = rights[2] == 'x',
      .file_offset = *offset,
      .path = path == std::string_view::npos ? std::string() : std::string(line.substr(path))};
}

}  // namespace

std::vector<MappedRegion> parse_maps(std::string_view text) {
  std::vector<MappedRegion> regions;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (auto region = parse_line(text.substr(0, end))) regions.push_back(std::move(*region));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return regions;
}

}  // namespace msgstat::tracer
