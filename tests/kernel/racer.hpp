// The program that starts and ends threads and children as fast as it can (programs/racer.c), and
// the memory that it counts in. One thread.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/kernel/actor.hpp"
#include "tests/kernel/programs/racer.h"
#include "tests/support/descriptor.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"

namespace kernel_test {

class Racer {
 public:
  Racer() : file_(::open((directory_ / "race").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (::ftruncate(file_.get(), sizeof(race)) != 0) throw std::runtime_error("ftruncate");
    race_ = static_cast<race*>(
        ::mmap(nullptr, sizeof(race), PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0));
    child_.emplace(std::vector{test_program("racer"), (directory_ / "race").string()});
    if (child_->read_line() != "ready") throw std::runtime_error("racer: " + child_->wait().err);
  }
  ~Racer() { ::munmap(race_, sizeof(race)); }
  Racer(const Racer&) = delete;
  Racer& operator=(const Racer&) = delete;

  [[nodiscard]] pid_t pid() const { return child_->pid(); }
  void mark() const { race_->marked = 1; }
  std::uint64_t stop_and_count() {
    race_->stop = 1;
    if (child_->read_line() != "done") throw std::runtime_error("racer: " + child_->wait().err);
    return race_->calls;
  }

 private:
  support::TemporaryDirectory directory_;
  support::Descriptor file_;
  race* race_ = nullptr;
  std::optional<support::Child> child_;
};

}  // namespace kernel_test
