#include "analysis/render/layout.hpp"

namespace msgstat::analysis::render {
namespace {

std::string spaces(std::size_t count) { return std::string(count, ' '); }

void trim_right(std::string& text) { text.erase(text.find_last_not_of(' ') + 1); }

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = std::min(text.find('m', i), text.size());
      continue;
    }
    const bool starts_character = (static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U;
    if (starts_character) ++width;
  }
  return width;
}

std::string pad_left(std::string_view text, std::size_t width) {
  const std::size_t used = display_width(text);
  return spaces(used < width ? width - used : 0) + std::string(text);
}

std::string pad_right(std::string_view text, std::size_t width) {
  const std::size_t used = display_width(text);
  return std::string(text) + spaces(used < width ? width - used : 0);
}

std::string shortened(const std::string& text, std::size_t width) {
  if (display_width(text) <= width) return text;
  std::string cut = text;
  while (!cut.empty() && display_width(cut) >= width) {
    std::size_t last = cut.size() - 1;
    while (last > 0 && (static_cast<unsigned char>(cut[last]) & 0xc0U) == 0x80U) --last;
    cut.erase(last);
  }
  return cut + "…";
}

std::string wrapped(std::string first, const std::vector<std::string>& pieces,
                    std::string_view between, std::size_t indent) {
  std::string text;
  std::string line = std::move(first);
  bool starts = true;
  for (const std::string& piece : pieces) {
    const std::size_t needed =
        display_width(line) + display_width(piece) + (starts ? 0 : display_width(between));
    if (!starts && needed > kPageWidth) {
      line += between;
      trim_right(line);
      text += line + "\n";
      line = spaces(indent);
      starts = true;
    }
    if (!starts) line += between;
    line += piece;
    starts = false;
  }
  trim_right(line);
  return text + line + "\n";
}

std::string wrapped_words(std::string first, std::string_view sentence, std::size_t indent) {
  std::vector<std::string> words;
  while (!sentence.empty()) {
    const std::size_t end = std::min(sentence.find(' '), sentence.size());
    if (end > 0) words.emplace_back(sentence.substr(0, end));
    sentence.remove_prefix(std::min(end + 1, sentence.size()));
  }
  return wrapped(std::move(first), words, " ", indent);
}

std::string Emphasis::bold(std::string_view text) const {
  return color ? "\x1b[1m" + std::string(text) + "\x1b[0m" : std::string(text);
}

std::string Emphasis::dim(std::string_view text) const {
  return color ? "\x1b[2m" + std::string(text) + "\x1b[0m" : std::string(text);
}

}  // namespace msgstat::analysis::render
