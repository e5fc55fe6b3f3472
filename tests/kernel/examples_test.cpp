// The interfaces in C, C++ and Python, as the examples of docs/examples use them: each is built
// and run.
#include <gtest/gtest.h>

#include <string>

#include "tests/kernel/actor.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tracer/collector.hpp"

namespace {

using Words = std::vector<std::string>;

constexpr const char* kPython = "/usr/bin/python3";

std::string output_of(const Words& command, const support::Options& options = {}) {
  const auto result = support::run(command, options);
  EXPECT_EQ(result.status, support::exited(0)) << result.out << result.err;
  return result.out;
}

std::string example(const std::string& name) {
  return (support::source_directory() / "docs/examples" / name).string();
}

class Examples : public testing::Test {
 protected:
  void SetUp() override { SKIP_UNLESS(support::bpf()); }

  // The headers as they are in the tree, which an installation has below include/ (install_test).
  [[nodiscard]] std::string built(const Words& compiler, const std::string& source) const {
    std::string program = directory_ / "example";
    const std::string root = support::source_directory().string();
    const std::string lib = (support::build_directory() / "lib").string();
    Words words = compiler;
    words.insert(words.end(), {example(source), "-I" + root, "-I" + root + "/tracer/include",
                               "-L" + lib, "-Wl,-rpath," + lib, "-lmsgstat", "-o", program});
    output_of(words);
    return program;
  }

  support::TemporaryDirectory directory_;
};

support::Options built_module() {
  return {
      .env = {{"PYTHONPATH", (support::build_directory() / "lib/python3/dist-packages").string()}}};
}

TEST_F(Examples, CountInC) {
  const std::string out = output_of(
      Words{built({"cc", "-Wall", "-Wextra", "-Werror", "-std=c99", "-D_GNU_SOURCE"}, "example.c"),
            "1009"});
  EXPECT_NE(out.find("getppid          1009  1.000 a request"), std::string::npos) << out;
  EXPECT_NE(out.find("task-clock"), std::string::npos) << out;
}

TEST_F(Examples, CountInCpp) {
  const std::string out =
      output_of(Words{built({"c++", "-Wall", "-Wextra", "-std=c++20"}, "example.cpp"), "1009"});
  EXPECT_NE(out.find("getppid          1009  1.000 a request"), std::string::npos) << out;
}

TEST_F(Examples, CountInPython) {
  const std::string out = output_of(Words{kPython, example("example.py"), "1009"}, built_module());
  EXPECT_NE(out.find("getppid      1.000 a request"), std::string::npos) << out;
  EXPECT_NE(out.find("getppid: 1009 calls"), std::string::npos) << out;
}

// The same of each example of units and times: "sock:recv: 1009, by …", "write 1.000 a message, p50
// …".
void expect_units(const std::string& out, const std::string& sending) {
  EXPECT_NE(out.find("sock:recv: 1009, by "), std::string::npos) << out;
  EXPECT_NE(out.find("syscall:" + sending + ": 1009, by returns of " + sending), std::string::npos)
      << out;
  EXPECT_NE(out.find("\n" + sending + " 1.000 a message, p50 "), std::string::npos) << out;
}

TEST_F(Examples, CountUnitsInC) {
  expect_units(
      output_of(Words{
          built({"cc", "-Wall", "-Wextra", "-Werror", "-std=c99", "-D_GNU_SOURCE"}, "units.c"),
          "1009"}),
      "write");
}

TEST_F(Examples, CountUnitsInCpp) {
  expect_units(
      output_of(Words{built({"c++", "-Wall", "-Wextra", "-std=c++20"}, "units.cpp"), "1009"}),
      "write");
}

TEST_F(Examples, CountUnitsInPython) {
  expect_units(output_of(Words{kPython, example("units.py"), "1009"}, built_module()), "sendto");
}

TEST(PythonWindow, SaysWhatFailed) {
  const auto said = [](const std::string& program) {
    return output_of(Words{kPython, "-c",
                           "import msgstat\ntry:\n    " + program +
                               "\nexcept msgstat.Error as error:\n    print(error)\n"},
                     built_module());
  };
  EXPECT_EQ(said("msgstat.window(pid=4194303)"), "there is no process 4194303\n");
  EXPECT_NE(said("msgstat.window(events=['nosuch'])").find("unknown event 'nosuch'"),
            std::string::npos);
  EXPECT_NE(said("msgstat.window(units=['bytes'])").find("'bytes' is no unit"), std::string::npos);
}

}  // namespace
