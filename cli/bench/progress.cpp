#include "cli/bench/progress.hpp"

#include <unistd.h>

#include <cmath>
#include <cstdio>

#include <fmt/format.h>

namespace msgstat::cli {

Progress::Progress(std::size_t cases) : cases_(cases), is_terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() { clear(); }

void Progress::clear() const {
  if (is_terminal_) fmt::print(stderr, "\r\033[K");
}

void Progress::begin(std::size_t index, std::string_view name, std::chrono::nanoseconds remaining) {
  if (!is_terminal_) return;
  clear();
  const double seconds = std::ceil(std::chrono::duration<double>(remaining).count());
  fmt::print(stderr, "[{}/{}] {}, about {:.0f} s left", index + 1, cases_, name, seconds);
  std::fflush(stderr);
}

void Progress::notice(std::string_view line) {
  clear();
  fmt::print(stderr, "{}\n", line);
}

}  // namespace msgstat::cli
