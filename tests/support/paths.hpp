// Where the things under test are.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace support {

// The root of the checkout, and of the build tree that this test belongs to.
inline std::filesystem::path source_directory() { return MSGSTAT_SOURCE_DIRECTORY; }
inline std::filesystem::path build_directory() { return MSGSTAT_BUILD_DIRECTORY; }

// An executable of the build tree's bin.
inline std::string program(const std::string& name) {
  return (build_directory() / "bin" / name).string();
}

// The command under test: $MSGSTAT_COMMAND (an installed one, say) or the built one.
inline std::string msgstat() {
  const char* chosen = std::getenv("MSGSTAT_COMMAND");
  return chosen != nullptr && *chosen != '\0' ? chosen : program("msgstat");
}

}  // namespace support
