// What `cmake --install` leaves: another project builds and runs with it, and so does the command.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

const support::Options kPatient{.timeout = std::chrono::seconds(150)};

class Install : public testing::Test {
 protected:
  void SetUp() override {
    run({"cmake", "--install", support::build_directory(), "--prefix", prefix_});
  }

  static std::string run(const std::vector<std::string>& command) {
    const support::Result result = support::run(command, kPatient);
    EXPECT_EQ(result.status, support::exited(0)) << result.out << result.err;
    return result.out;
  }

  support::TemporaryDirectory directory_;
  std::string prefix_ = directory_ / "prefix";
};

TEST_F(Install, AnotherProjectCountsItsOwnCalls) {
  SKIP_UNLESS(support::bpf());
  const std::string build = directory_ / "build";
  const std::string source = support::source_directory() / "tests/kernel/consumer";
  run({"cmake", "-S", source, "-B", build, "-DCMAKE_PREFIX_PATH=" + prefix_});
  run({"cmake", "--build", build});
  EXPECT_EQ(run({build + "/consumer", "1009"}), "1009\n");
}

TEST_F(Install, TheCommandFindsItsModelsAndItsAgent) {
  SKIP_UNLESS(support::bpf());
  const std::string out = run({prefix_ + "/bin/msgstat", "bench", "cpp_poll", "--connections", "2",
                               "--duration", "0.2", "--warmup", "0.1"});
  EXPECT_NE(out.find("recvfrom"), std::string::npos) << out;
}

}  // namespace
