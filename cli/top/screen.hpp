// The terminal as a page that is written over and over: its other buffer, no cursor, and keys as
// they are pressed, without their echo.
//
// A child of ours puts the terminal back when this object goes, and also when this process is
// killed: it waits for the end of a pipe, with every signal blocked. One at a time; fork it while
// there is one thread only.
#pragma once

#include <sys/types.h>
#include <termios.h>

#include <string>

#include "tracer/fd.hpp"

namespace msgstat::cli {

class Screen {
 public:
  // Whether stdin and stdout are a terminal.
  static bool is_possible();

  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  // Readable when a key was pressed.
  [[nodiscard]] int key_fd() const;
  // Takes the keys that were pressed: whether q was one of them.
  bool is_asked_to_quit();
  // As many lines and columns of `text` as there is room for.
  void show(const std::string& text);

 private:
  termios before_{};
  tracer::Fd life_;  // the child waits for its end
  pid_t child_ = -1;
};

}  // namespace msgstat::cli
