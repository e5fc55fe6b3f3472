// What the bench is doing and how long it still takes, on one line of stderr that is refreshed in
// place; nothing when stderr is no terminal. One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

namespace msgstat::cli {

class Progress {
 public:
  explicit Progress(std::size_t cases);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Case `index`, from 0, begins. `remaining` is what is planned for it and all after it.
  void begin(std::size_t index, std::string_view name, std::chrono::nanoseconds remaining);
  // A line that stays, above the progress; printed on any stderr.
  void notice(std::string_view line);

 private:
  void clear() const;

  std::size_t cases_;
  bool is_terminal_;
};

}  // namespace msgstat::cli
