// Text in columns: padding, wrapping, emphasis. Text is printable() already. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace msgstat::analysis::render {

inline constexpr std::size_t kPageWidth = 100;

// Columns on a terminal, one a character; escape sequences take none.
std::size_t display_width(std::string_view text);

std::string pad_left(std::string_view text, std::size_t width);   // text on the right
std::string pad_right(std::string_view text, std::size_t width);  // text on the left

// The text, or so much of it as takes no more columns, with an ellipsis.
std::string shortened(const std::string& text, std::size_t width);

// `first` and then the pieces, `between` each two, broken before a piece that would pass
// kPageWidth; the lines after the first are indented. No piece is cut. Ends with a newline.
std::string wrapped(std::string first, const std::vector<std::string>& pieces,
                    std::string_view between, std::size_t indent);
// The same, of a sentence, broken between words.
std::string wrapped_words(std::string first, std::string_view sentence, std::size_t indent);

// SGR sequences, or none.
struct Emphasis {
  bool color = false;
  [[nodiscard]] std::string bold(std::string_view text) const;
  [[nodiscard]] std::string dim(std::string_view text) const;
};

}  // namespace msgstat::analysis::render
