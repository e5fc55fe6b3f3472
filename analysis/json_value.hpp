// Reads JSON that may not be what we wrote: one value and where it stands in its document. Borrows
// the document. Every accessor throws Error, one line "SOURCE: PATH: expected X, found Y", when the
// value is of another type or out of range. Any thread.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace msgstat::analysis {

using Json = nlohmann::ordered_json;

// Throws Error: not JSON at offset N, or cut short.
Json parse_json(std::string_view text, std::string_view source);

// A text in quotes, printable, and cut when it is long.
std::string excerpt(std::string_view text);

class JsonValue {
 public:
  JsonValue(const Json& value, std::string source) : value_(&value), source_(std::move(source)) {}

  // Of an object: the member; throws when there is none. Nothing when it is absent or null.
  [[nodiscard]] JsonValue at(std::string_view key) const;
  [[nodiscard]] std::optional<JsonValue> find(std::string_view key) const;
  // Its text, or "".
  [[nodiscard]] std::string text_of(std::string_view key) const;

  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool flag() const;
  [[nodiscard]] double number() const;        // finite
  [[nodiscard]] double amount() const;        // finite and not negative
  [[nodiscard]] std::uint64_t count() const;  // a whole number from 0
  [[nodiscard]] int whole() const;
  [[nodiscard]] std::vector<JsonValue> items() const;
  [[nodiscard]] std::vector<std::pair<std::string, JsonValue>> members() const;
  [[nodiscard]] std::vector<std::string> texts() const;

  [[noreturn]] void refuse(std::string_view expected) const;

 private:
  JsonValue(const Json& value, std::string source, std::string path)
      : value_(&value), source_(std::move(source)), path_(std::move(path)) {}
  void expect_object() const;

  const Json* value_;
  std::string source_;
  std::string path_;  // "runs[0].unit"
};

}  // namespace msgstat::analysis
