// The one error type of the project: a sentence a person can read, what to do
// about it when there is something to do, and the exit status it deserves.
// Thrown where the call failed, caught in main. A value type; any thread.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "tracer/export.hpp"

namespace msgstat {

class MSGSTAT_API Error : public std::system_error {
 public:
  // `sentence` says what failed and where, without a final stop. `advice`, when
  // not empty, says what to do. `code` is the errno behind it, 0 for none.
  explicit Error(std::string sentence, std::string advice = {}, int code = 0)
      : Error(std::move(sentence), std::move(advice), code, 1) {}

  // One line: "SENTENCE: STRERROR; ADVICE", the parts that there are.
  [[nodiscard]] const char* what() const noexcept override { return line_.c_str(); }
  [[nodiscard]] const std::string& sentence() const noexcept { return sentence_; }
  [[nodiscard]] const std::string& advice() const noexcept { return advice_; }
  // 1 for what failed, 2 for bad usage.
  [[nodiscard]] int exit_status() const noexcept { return exit_status_; }

 protected:
  Error(std::string sentence, std::string advice, int code, int exit_status)
      : std::system_error(code, std::generic_category()),
        sentence_(std::move(sentence)),
        advice_(std::move(advice)),
        exit_status_(exit_status) {
    line_ = sentence_;
    if (code != 0) line_ += ": " + this->code().message();
    if (!advice_.empty()) line_ += "; " + advice_;
  }

 private:
  std::string sentence_;
  std::string advice_;
  std::string line_;
  int exit_status_;
};

// What was asked for makes no sense: exit status 2.
class MSGSTAT_API UsageError : public Error {
 public:
  explicit UsageError(std::string sentence, std::string advice = {}, int code = 0)
      : Error(std::move(sentence), std::move(advice), code, 2) {}
};

// Returns `result` when it is not negative; else throws Error "WHAT: strerror".
// For calls that return -1 and set errno.
template <typename T>
T check(T result, const std::string& what, std::string advice = {}) {
  if (result < 0) throw Error("cannot " + what, std::move(advice), errno);
  return result;
}

}  // namespace msgstat
