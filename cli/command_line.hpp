// The command line of this process (proc(5), cmdline), for the recording.
#pragma once

#include <fstream>
#include <string>
#include <vector>

namespace msgstat::cli {

inline std::vector<std::string> own_command_line() {
  std::ifstream file("/proc/self/cmdline");
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

}  // namespace msgstat::cli
