// Text from outside (a command line, a label, a file) made safe to show. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace msgstat::analysis {

// Every byte that is not part of well-formed UTF-8 becomes U+FFFD. Idempotent.
std::string valid_utf8(std::string_view text);

// valid_utf8() on one line, without what a terminal or a reader could take for more than text:
// control characters and characters that change the direction of writing, as \n, \x1b, \u{202e}.
// A backslash is shown as it is.
std::string printable(std::string_view text);

// The words of a command as a shell would need them, each printable.
template <typename Words>
std::string printable_command(const Words& words);

std::string printable_word(std::string_view word);

template <typename Words>
std::string printable_command(const Words& words) {
  std::string line;
  for (const auto& word : words) {
    if (!line.empty()) line += ' ';
    line += printable_word(word);
  }
  return line;
}

}  // namespace msgstat::analysis
