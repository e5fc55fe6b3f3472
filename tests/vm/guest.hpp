// Another kernel, booted under QEMU for one command (tests/vm/guest).
#pragma once

#include <ostream>
#include <string>

#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"

namespace vm {

struct Guest {
  const char* arch = "";    // Debian's name
  const char* series = "";  // of the kernel
  // A fixed time for each instruction and one CPU: the PMU of arm64 is exact then.
  bool counts_instructions = false;
};
// As gtest shows a parameter.
inline std::ostream& operator<<(std::ostream& stream, const Guest& guest) {
  return stream << guest.arch << ' ' << guest.series;
}

// kQuick leaves out what takes minutes and repeats less. MSGSTAT_VM says it: "all" or another word.
enum class Extent { kQuick, kAll };
Extent extent();

// Where the programs of this guest are: the build of its architecture.
std::string build_of(const Guest& guest);

// The emulator, the kernel and the build are here.
support::Requirement requirement(const Guest& guest);

// Boots, runs the shell command, and gives what it printed and its status; 125 when it did not end.
support::Result run(const Guest& guest, const std::string& command);

}  // namespace vm
