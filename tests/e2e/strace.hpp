// strace -f -c of a command: another's counts of its system calls. For one test, in one thread.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"

namespace e2e {

// It does not count exits: they never return.
inline std::map<std::string, std::uint64_t> without_exits(
    std::map<std::string, std::uint64_t> calls) {
  calls.erase("exit");
  calls.erase("exit_group");
  return calls;
}

// "% time  seconds  usecs/call  calls  [errors]  syscall"
inline std::map<std::string, std::uint64_t> strace(const std::vector<std::string>& command,
                                                   const support::Options& options = {}) {
  const support::TemporaryDirectory directory;
  const std::string file = directory / "counts";
  std::vector<std::string> words = {"strace", "-f", "-c", "-o", file};
  words.insert(words.end(), command.begin(), command.end());
  support::run(words, options);
  std::map<std::string, std::uint64_t> calls;
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    std::istringstream fields(line);
    double share = 0;
    double seconds = 0;
    std::uint64_t each = 0;
    std::uint64_t count = 0;
    if (!(fields >> share >> seconds >> each >> count)) continue;
    std::string name;
    for (std::string word; fields >> word;) name = word;
    if (name != "total") calls[name] = count;
  }
  return without_exits(std::move(calls));
}

}  // namespace e2e
