#include "analysis/render/html/markup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "analysis/printable.hpp"

namespace msgstat::analysis::html {
namespace {

std::string escaped(std::string_view shown) {
  std::string out;
  for (const char letter : printable(shown)) {
    switch (letter) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += letter;
    }
  }
  return out;
}

// The HTML standard, 13.1.2: elements without an end tag.
bool is_void(std::string_view name) {
  static constexpr std::array<std::string_view, 3> kVoid = {"br", "col", "meta"};
  return std::find(kVoid.begin(), kVoid.end(), name) != kVoid.end();
}

}  // namespace

Attribute::Attribute(Literal attribute, double number)
    : name(attribute), value(fmt::format("{:.1f}", number)) {
  if (value.ends_with(".0")) value.resize(value.size() - 2);
  if (value == "-0") value = "0";
}

Markup text(std::string_view shown) { return Markup(escaped(shown)); }

Markup verbatim(Literal source) { return Markup(std::string(source.text)); }

Markup element(Literal name, std::initializer_list<Attribute> attributes, const Markup& content) {
  std::string html = "<" + std::string(name.text);
  for (const Attribute& attribute : attributes)
    html += fmt::format(" {}=\"{}\"", attribute.name.text, escaped(attribute.value));
  html += ">";
  if (is_void(name.text)) return Markup(html + "\n");
  return Markup(html + content.html() + fmt::format("</{}>", name.text));
}

Markup element(Literal name, std::initializer_list<Attribute> attributes,
               std::string_view content) {
  return element(name, attributes, text(content));
}

}  // namespace msgstat::analysis::html
