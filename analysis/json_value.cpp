#include "analysis/json_value.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "analysis/printable.hpp"
#include "tracer/error.hpp"

namespace msgstat::analysis {
namespace {

// What was found, short enough for a line.
std::string shown(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::string:
      return excerpt(value.get_ref<const std::string&>());
    default:
      return value.dump();
  }
}

std::string joined(const std::string& path, std::string_view key) {
  const std::string name = printable(key.substr(0, 60));
  return path.empty() ? name : path + "." + name;
}

}  // namespace

std::string excerpt(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  return "\"" + printable(text.substr(0, kLongest)) + (text.size() > kLongest ? "…\"" : "\"");
}

Json parse_json(std::string_view text, std::string_view source) {
  const std::string name = printable(source);
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    throw Error(name + ": empty, not a recording");
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    // The parser counts the end of the input as one more byte.
    if (error.byte > text.size())
      throw Error(
          fmt::format("{}: cut short: the JSON ends unfinished at offset {}", name, text.size()));
    throw Error(fmt::format("{}: not JSON: malformed at offset {}", name,
                            error.byte == 0 ? 0 : error.byte - 1));
  } catch (const Json::exception&) {
    throw Error(name + ": a number is too large to be read");
  }
}

void JsonValue::refuse(std::string_view expected) const {
  throw Error(fmt::format("{}: {}: expected {}, found {}", printable(source_),
                          path_.empty() ? "the whole" : path_, expected, shown(*value_)));
}

void JsonValue::expect_object() const {
  if (!value_->is_object()) refuse("an object");
}

JsonValue JsonValue::at(std::string_view key) const {
  expect_object();
  const auto member = value_->find(key);
  if (member == value_->end())
    throw Error(fmt::format("{}: {} is missing", printable(source_), joined(path_, key)));
  return {*member, source_, joined(path_, key)};
}

std::optional<JsonValue> JsonValue::find(std::string_view key) const {
  expect_object();
  const auto member = value_->find(key);
  if (member == value_->end() || member->is_null()) return std::nullopt;
  return JsonValue{*member, source_, joined(path_, key)};
}

std::string JsonValue::text_of(std::string_view key) const {
  const std::optional<JsonValue> value = find(key);
  return value ? value->text() : std::string();
}

std::string JsonValue::text() const {
  if (!value_->is_string()) refuse("text");
  return value_->get<std::string>();
}

bool JsonValue::flag() const {
  if (!value_->is_boolean()) refuse("true or false");
  return value_->get<bool>();
}

double JsonValue::number() const {
  if (!value_->is_number()) refuse("a number");
  const auto number = value_->get<double>();
  if (!std::isfinite(number)) refuse("a finite number");
  return number;
}

double JsonValue::amount() const {
  if (!value_->is_number() || !(number() >= 0)) refuse("a number from 0 up");
  return number();
}

std::uint64_t JsonValue::count() const {
  if (!value_->is_number_unsigned()) refuse("a whole number from 0 up");
  return value_->get<std::uint64_t>();
}

int JsonValue::whole() const {
  if (!value_->is_number_integer()) refuse("a whole number");
  const bool fits = value_->is_number_unsigned()
                        ? value_->get<std::uint64_t>() <= std::numeric_limits<int>::max()
                        : value_->get<std::int64_t>() >= std::numeric_limits<int>::min();
  if (!fits) refuse("a whole number of 32 bits");
  return value_->get<int>();
}

std::vector<JsonValue> JsonValue::items() const {
  if (!value_->is_array()) refuse("a list");
  std::vector<JsonValue> items;
  for (std::size_t i = 0; i < value_->size(); ++i)
    items.push_back({(*value_)[i], source_, fmt::format("{}[{}]", path_, i)});
  return items;
}

std::vector<std::pair<std::string, JsonValue>> JsonValue::members() const {
  expect_object();
  std::vector<std::pair<std::string, JsonValue>> members;
  for (const auto& [key, value] : value_->items())
    members.emplace_back(key, JsonValue{value, source_, joined(path_, key)});
  return members;
}

std::vector<std::string> JsonValue::texts() const {
  std::vector<std::string> texts;
  for (const JsonValue& item : items()) texts.push_back(item.text());
  return texts;
}

}  // namespace msgstat::analysis
