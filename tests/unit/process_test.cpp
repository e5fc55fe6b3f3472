#include "tests/support/process.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "tests/support/temporary_directory.hpp"

namespace support {
namespace {

using std::chrono::milliseconds;

bool exists(pid_t pid) { return ::kill(pid, 0) == 0; }

TEST(Run, GivesOutputErrorAndCode) {
  const Result result = run({"sh", "-c", "echo out; echo err >&2; exit 7"});
  EXPECT_EQ(result.status, exited(7));
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "err\n");
}

TEST(Run, TellsASignalFromACode) {
  EXPECT_EQ(run({"sh", "-c", "kill -TERM $$"}).status, signaled(SIGTERM));
  EXPECT_EQ(run({"sh", "-c", "exit 143"}).status, exited(143));
}

TEST(Run, PassesEnvironmentInputAndDirectory) {
  const TemporaryDirectory directory;
  const std::string input(1'000'000, 'x');  // more than a pipe holds
  const Result result = run({"sh", "-c", "pwd; echo $COLOUR; cat"},
                            {.env = {{"COLOUR", "blue"}}, .input = input, .cwd = directory.path()});
  EXPECT_EQ(result.out, directory.path().string() + "\nblue\n" + input);
}

TEST(Run, SurvivesACommandThatReadsNoInput) {
  EXPECT_EQ(run({"true"}, {.input = std::string(1'000'000, 'x')}).status, exited(0));
}

TEST(Run, NamesACommandThatIsNotThere) {
  try {
    run({"/nonexistent/command"});
    FAIL() << "it ran";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), ENOENT);
  }
}

TEST(Run, ThrowsAtTheTimeout) {
  EXPECT_THROW(run({"sleep", "100"}, {.timeout = milliseconds(50)}), std::runtime_error);
}

TEST(Run, ThrowsWhenAProcessIsLeftBehind) {
  EXPECT_THROW(run({"sh", "-c", "sleep 2 & exit 0"}, {.timeout = milliseconds(200)}),
               std::runtime_error);
}

TEST(Child, TalksLineByLine) {
  Child child({"sh", "-c", "while read line; do echo got $line; done; printf last"});
  child.write("one\n");
  EXPECT_EQ(child.read_line(), "got one");
  child.write("two\n");
  EXPECT_EQ(child.read_line(), "got two");
  EXPECT_TRUE(child.running());
  child.close_input();
  EXPECT_EQ(child.read_line(), "last");
  EXPECT_EQ(child.read_line(), std::nullopt);
  EXPECT_EQ(child.wait().status, exited(0));
  EXPECT_FALSE(child.running());
}

TEST(Child, TerminatesBySignal) {
  Child child({"sleep", "100"});
  EXPECT_EQ(child.terminate().status, signaled(SIGTERM));
}

TEST(Child, IsGoneWithItsObject) {
  pid_t pid = 0;
  {
    const Child child({"sleep", "100"});
    pid = child.pid();
    EXPECT_TRUE(exists(pid));
  }
  EXPECT_FALSE(exists(pid));
}

// The kernel's side of it: the thread that made the child ends, and so does the child.
TEST(Child, IsKilledWithItsMaker) {
  std::optional<Child> child;
  std::thread([&] { child.emplace(std::vector<std::string>{"sleep", "100"}); }).join();
  EXPECT_EQ(child->wait().status, signaled(SIGKILL));
}

}  // namespace
}  // namespace support
