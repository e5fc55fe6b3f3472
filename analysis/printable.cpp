#include "analysis/printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace msgstat::analysis {
namespace {

struct Decoded {
  char32_t code = 0;
  std::size_t bytes = 0;  // 0: not well-formed
};

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U; }

// The Unicode Standard, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
Decoded decode(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {first, 1};
  struct Form {
    unsigned char mask, lead;
    std::size_t bytes;
    char32_t least;
  };
  static constexpr Form kForms[] = {
      {0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}};
  for (const Form& form : kForms) {
    if ((first & form.mask) != form.lead) continue;
    if (text.size() < form.bytes) return {};
    char32_t code = first & static_cast<unsigned char>(~form.mask);
    for (std::size_t i = 1; i < form.bytes; ++i) {
      if (!is_continuation(text[i])) return {};
      code = code << 6U | (static_cast<unsigned char>(text[i]) & 0x3fU);
    }
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < form.least || surrogate || code > 0x10ffff) return {};
    return {code, form.bytes};
  }
  return {};
}

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

bool is_safe(char32_t code) {
  struct Range {
    char32_t first, last;
  };
  static constexpr Range kUnsafe[] = {
      {0x00, 0x1f},     {0x7f, 0x9f},                        // C0, delete, C1
      {0xad, 0xad},     {0x61c, 0x61c},                      // soft hyphen, Arabic letter mark
      {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},  // invisible, separators, direction
      {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff}};
  return std::none_of(std::begin(kUnsafe), std::end(kUnsafe),
                      [code](Range range) { return code >= range.first && code <= range.last; });
}

std::string escaped(char32_t code) {
  switch (code) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return code < 0x100 ? fmt::format("\\x{:02x}", static_cast<std::uint32_t>(code))
                          : fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(code));
  }
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const std::size_t bytes = decode(text).bytes;
    valid += bytes == 0 ? kReplacement : text.substr(0, bytes);
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return valid;
}

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const Decoded next = decode(text);
    if (next.bytes == 0)
      shown += kReplacement;
    else if (is_safe(next.code))
      shown += text.substr(0, next.bytes);
    else
      shown += escaped(next.code);
    text.remove_prefix(std::max<std::size_t>(next.bytes, 1));
  }
  return shown;
}

std::string printable_word(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%^";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos)
    return std::string(word);
  std::string quoted = "'";
  for (const char letter : printable(word)) {
    if (letter == '\'')
      quoted += R"('\'')";
    else
      quoted += letter;
  }
  return quoted + "'";
}

}  // namespace msgstat::analysis
