#include "cli/top/screen.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <sstream>
#include <string_view>

#include "tracer/error.hpp"

namespace msgstat::cli {
namespace {

// xterm's: other buffer, cursor (ctlseqs, "DEC Private Mode Set").
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kRestOfLine = "\x1b[K";
constexpr std::string_view kRestOfPage = "\x1b[J";

void put(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

[[noreturn]] void guard(int life, const termios& before) {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, nullptr);
  char byte = 0;
  while (::read(life, &byte, 1) < 0 && errno == EINTR) {
  }
  put(kLeave);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  ::_exit(0);
}

}  // namespace

bool Screen::is_possible() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1; }

Screen::Screen() {
  check(::tcgetattr(STDIN_FILENO, &before_), "read the terminal's settings");
  std::array<int, 2> ends{};
  check(::pipe2(ends.data(), O_CLOEXEC), "make a pipe");
  tracer::Fd end(ends[0]);
  life_ = tracer::Fd(ends[1]);
  child_ = check(::fork(), "start what puts the terminal back");
  if (child_ == 0) {
    life_.reset();
    guard(end.get(), before_);
  }
  termios keys = before_;
  keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  keys.c_cc[VMIN] = 0;
  keys.c_cc[VTIME] = 0;
  // Stopped, it would leave the terminal like this.
  keys.c_cc[VSUSP] = _POSIX_VDISABLE;
  check(::tcsetattr(STDIN_FILENO, TCSAFLUSH, &keys), "set the terminal");
  put(kEnter);
}

Screen::~Screen() {
  life_.reset();
  while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

int Screen::key_fd() const { return STDIN_FILENO; }

bool Screen::is_asked_to_quit() {
  std::array<char, 64> keys{};
  const ssize_t count = ::read(STDIN_FILENO, keys.data(), keys.size());
  const auto end = keys.begin() + std::max<ssize_t>(count, 0);
  return std::any_of(keys.begin(), end, [](char key) { return key == 'q' || key == 'Q'; });
}

void Screen::show(const std::string& text) {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0)
    size = {.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
  std::string page(kHome);
  std::istringstream lines(text);
  std::string line;
  for (unsigned row = 0; row < size.ws_row && std::getline(lines, line); ++row) {
    if (row > 0) page += "\r\n";
    page += line.substr(0, size.ws_col);
    page += kRestOfLine;
  }
  page += kRestOfPage;
  put(page);
}

}  // namespace msgstat::cli
