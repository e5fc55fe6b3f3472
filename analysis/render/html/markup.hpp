// HTML and SVG, well-formed and safe by its type: what comes from outside gets in as text or as the
// value of an attribute, and both are escaped here and nowhere else. Pure; any thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace msgstat::analysis::html {

// Of this program's own source, never of a recording.
struct Literal {
  consteval Literal(const char* source) : text(source) {}  // implicit, for it holds no other text
  std::string_view text;
};

struct Attribute {
  Attribute(Literal attribute, std::string_view text) : name(attribute), value(text) {}
  Attribute(Literal attribute, const char* text) : name(attribute), value(text) {}
  // A coordinate, to a tenth.
  Attribute(Literal attribute, double number);
  Literal name;
  std::string value;
};

class Markup {
 public:
  Markup() = default;
  Markup& operator+=(const Markup& next) {
    html_ += next.html_;
    return *this;
  }
  [[nodiscard]] bool empty() const { return html_.empty(); }
  [[nodiscard]] const std::string& html() const { return html_; }

 private:
  explicit Markup(std::string html) : html_(std::move(html)) {}
  friend Markup text(std::string_view);
  friend Markup verbatim(Literal);
  friend Markup element(Literal, std::initializer_list<Attribute>, const Markup&);
  std::string html_;
};

// Shown as it is, by printable() (analysis/printable.hpp): on one line, no markup, nothing
// invisible.
Markup text(std::string_view shown);
Markup verbatim(Literal source);
Markup element(Literal name, std::initializer_list<Attribute> attributes,
               const Markup& content = {});
Markup element(Literal name, std::initializer_list<Attribute> attributes, std::string_view content);

inline Markup operator+(Markup first, const Markup& second) {
  first += second;
  return first;
}

}  // namespace msgstat::analysis::html
