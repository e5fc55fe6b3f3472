// One SVG picture, in the order in which it is drawn. Places are in pixels, from the upper left;
// colours are classes of the style sheet (style.cpp). One thread.
#pragma once

#include <string>
#include <string_view>

#include "analysis/render/html/markup.hpp"

namespace msgstat::analysis::html {

inline constexpr double kPictureWidth = 1040;

struct Point {
  double x = 0;
  double y = 0;
};

// About how wide a text is; browsers' fonts differ.
double text_width(std::string_view text, double size = 13);
// The text, or so much of it as is not wider, with an ellipsis.
std::string fitted(const std::string& text, double width, double size = 13);

class Drawing {
 public:
  // `hint`: what a pointer that rests there is shown, and a test reads; may be empty.
  void rectangle(Point corner, double width, double height, std::string_view classes,
                 std::string_view hint = {});
  void line(Point from, Point to, std::string_view classes);
  void dot(Point middle, double radius, std::string_view classes, std::string_view hint = {});
  // `commands`: the value of `d`.
  void path(std::string_view commands, std::string_view classes, std::string_view hint = {});
  // `classes` may have `end` or `middle`: where of the text the point is.
  void text(Point point, std::string_view shown, std::string_view classes,
            std::string_view hint = {});

  // `name` and `description` are read in the place of the picture.
  [[nodiscard]] Markup finish(double height, std::string_view name,
                              std::string_view description) const;
  // Small, beside others like it.
  [[nodiscard]] Markup finish_panel(double width, double height, std::string_view name,
                                    std::string_view description) const;

 private:
  Markup content_;
};

}  // namespace msgstat::analysis::html
