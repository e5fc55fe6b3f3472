// The Debian package that cpack makes: lintian finds no error, what is in it is all there and
// stripped, and its command runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string run(const std::vector<std::string>& command) {
  const support::Result result = support::run(command, {.timeout = std::chrono::seconds(150)});
  EXPECT_EQ(result.status, support::exited(0)) << command[0] << ": " << result.out << result.err;
  return result.out;
}

// Made once, for making it takes longer than all that is asked of it.
TEST(Package, IsCleanAndItsCommandRuns) {
  SKIP_UNLESS(support::bpf());
  const support::TemporaryDirectory directory;
  const std::string made = directory / "made";
  run({"cpack", "-G", "DEB", "--config", support::build_directory() / "CPackConfig.cmake", "-B",
       made});
  std::string package;
  for (const auto& entry : fs::directory_iterator(made))
    if (entry.path().extension() == ".deb") package = entry.path();
  ASSERT_NE(package, "");
  run({"lintian", "--fail-on", "error", "--allow-root", package});

  const std::string contents = run({"dpkg-deb", "--contents", package});
  for (const char* file :
       {"/usr/bin/msgstat\n", "/usr/libexec/msgstat/libmsgstat-agent.so\n",
        "/usr/libexec/msgstat/models/cpp_epoll\n", "/usr/share/man/man1/msgstat.1.gz\n",
        "/usr/share/man/man1/msgstat-stat.1.gz\n",
        "/usr/share/bash-completion/completions/msgstat\n",
        "/usr/share/zsh/vendor-completions/_msgstat\n", "/usr/share/doc/msgstat/copyright\n",
        "/usr/include/msgstat/msgstat.h\n"})
    EXPECT_THAT(contents, HasSubstr(file));
  // Capabilities are for the administrator to give.
  EXPECT_THAT(run({"dpkg-deb", "--info", package, "postinst"}), testing::Not(HasSubstr("setcap")));

  const fs::path root = directory / "root";
  run({"dpkg-deb", "--extract", package, root});
  const std::string command = root / "usr/bin/msgstat";
  EXPECT_THAT(run({"file", "-b", command}), testing::Not(HasSubstr("not stripped")));
  EXPECT_THAT(run({command, "--version"}), testing::StartsWith("msgstat "));
  EXPECT_THAT(run({command, "doctor"}), HasSubstr("7 of 7 known calls counted"));
  EXPECT_THAT(run({command, "bench", "cpp_poll", "--connections", "2", "--duration", "0.2",
                   "--warmup", "0.1"}),
              HasSubstr("recvfrom"));
}

}  // namespace
