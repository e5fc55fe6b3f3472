// A copy of the command under test that every user may run: a checkout can be below a folder that
// is root's alone.
#pragma once

#include <filesystem>
#include <string>

#include "tests/support/paths.hpp"
#include "tests/support/temporary_directory.hpp"

namespace support {

class PublicCommand {
 public:
  PublicCommand() {
    namespace fs = std::filesystem;
    fs::create_directories(directory_ / "bin");
    fs::copy_file(msgstat(), path());
    for (const fs::path& each : {directory_.path(), directory_ / "bin", fs::path(path())})
      fs::permissions(each, fs::perms::all);
  }

  // A prefix as of an installation, to be added to; anybody may write into it.
  [[nodiscard]] const TemporaryDirectory& directory() const { return directory_; }
  [[nodiscard]] std::string path() const { return directory_ / "bin/msgstat"; }

 private:
  TemporaryDirectory directory_;
};

}  // namespace support
