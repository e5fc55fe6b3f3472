// The error of the load generator: one sentence that a person can read,
// without a final stop. A value type; any thread.
#pragma once

#include <stdexcept>

namespace load {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What was asked for makes no sense, or not here: nothing was started.
class OptionsError : public Error {
 public:
  using Error::Error;
};

}  // namespace load
