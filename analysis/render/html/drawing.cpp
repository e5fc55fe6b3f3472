#include "analysis/render/html/drawing.hpp"

#include <fmt/format.h>

#include <cmath>

#include "analysis/printable.hpp"
#include "analysis/render/layout.hpp"

namespace msgstat::analysis::html {
namespace {

constexpr double kWidthOfLetter = 0.56;  // of its size, in the mean, of a sans-serif font

Markup hint_of(std::string_view hint) {
  return hint.empty() ? Markup() : element("title", {}, hint);
}

Markup picture(std::string_view classes, double width, double height, std::string_view name,
               std::string_view description, const Markup& content) {
  return element("svg",
                 {{"class", classes},
                  {"viewBox", fmt::format("0 0 {:.0f} {:.0f}", width, std::ceil(height))},
                  {"width", width},
                  {"height", std::ceil(height)},
                  {"role", "img"},
                  {"aria-label", fmt::format("{}. {}", name, description)}},
                 content);
}

}  // namespace

double text_width(std::string_view text, double size) {
  return static_cast<double>(render::display_width(printable(text))) * size * kWidthOfLetter;
}

std::string fitted(const std::string& text, double width, double size) {
  return render::shortened(printable(text),
                           static_cast<std::size_t>(width / (size * kWidthOfLetter)));
}

void Drawing::rectangle(Point corner, double width, double height, std::string_view classes,
                        std::string_view hint) {
  content_ += element(
      "rect",
      {{"x", corner.x}, {"y", corner.y}, {"width", width}, {"height", height}, {"class", classes}},
      hint_of(hint));
}

void Drawing::line(Point from, Point to, std::string_view classes) {
  content_ += element(
      "line", {{"x1", from.x}, {"y1", from.y}, {"x2", to.x}, {"y2", to.y}, {"class", classes}});
}

void Drawing::dot(Point middle, double radius, std::string_view classes, std::string_view hint) {
  content_ +=
      element("circle", {{"cx", middle.x}, {"cy", middle.y}, {"r", radius}, {"class", classes}},
              hint_of(hint));
}

void Drawing::path(std::string_view commands, std::string_view classes, std::string_view hint) {
  content_ += element("path", {{"d", commands}, {"class", classes}}, hint_of(hint));
}

void Drawing::text(Point point, std::string_view shown, std::string_view classes,
                   std::string_view hint) {
  content_ += element("text", {{"x", point.x}, {"y", point.y}, {"class", classes}},
                      hint_of(hint) + html::text(shown));
}

Markup Drawing::finish(double height, std::string_view name, std::string_view description) const {
  return element("div",
                 {{"class", "plot"},
                  {"tabindex", "0"},
                  {"role", "region"},
                  {"aria-label", fmt::format("{}, a picture that may scroll", name)}},
                 picture("wide", kPictureWidth, height, name, description, content_));
}

Markup Drawing::finish_panel(double width, double height, std::string_view name,
                             std::string_view description) const {
  return picture("panel", width, height, name, description, content_);
}

}  // namespace msgstat::analysis::html
