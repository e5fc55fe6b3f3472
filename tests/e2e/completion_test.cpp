// What the shells offer for a line that is begun. Each runs its own completion file, with the few
// words that the shell would give it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"

namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using Words = std::vector<std::string>;

std::string file(const char* name) {
  return (support::source_directory() / "cli/completion" / name).string();
}

Words lines_of(const support::Result& result) {
  EXPECT_EQ(result.status, support::exited(0)) << result.err;
  EXPECT_EQ(result.err, "");
  std::istringstream text(result.out);
  Words lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

// The last word is the one that is being typed.
Words bash(const std::string& words) {
  return lines_of(
      support::run({"bash", "-c", "source \"$0\"; COMP_WORDS=(\"$1\" " + words + ");" + R"(
COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _msgstat
for reply in "${COMPREPLY[@]}"; do echo "$reply"; done)",
                    file("msgstat.bash"), support::msgstat()}));
}

// All that _describe is given: to choose from it is the shell's.
Words zsh(const std::string& words) {
  return lines_of(support::run({"/bin/zsh", "-f", "-c", R"(
_describe() { for entry in "${(@P)2}"; do print -r -- "${entry%%:*}"; done }
_files() { print FILES }
words=("$1" )" + words + R"( ); CURRENT=$#words; PREFIX=$words[CURRENT]
source "$0")",
                                file("_msgstat"), support::msgstat()}));
}

TEST(Completion, OfBashOffersSubcommands) { EXPECT_THAT(bash("be"), ElementsAre("bench")); }

TEST(Completion, OfBashOffersOptionsOfTheSubcommand) {
  EXPECT_THAT(bash("stat --int"), ElementsAre("--interval"));
  EXPECT_THAT(bash("report --int"), ElementsAre());
}

TEST(Completion, OfBashOffersModelsAndEvents) {
  EXPECT_THAT(bash("bench cpp_ep"), ElementsAre("cpp_epoll", "cpp_epoll_et"));
  EXPECT_THAT(bash("stat -e context-"), ElementsAre("context-switches"));
}

TEST(Completion, OfZshOffersSubcommands) {
  EXPECT_THAT(zsh("be"), Contains("bench"));
  EXPECT_THAT(zsh("be"), Contains("doctor"));
}

TEST(Completion, OfZshOffersOptionsOfTheSubcommand) {
  EXPECT_THAT(zsh("stat --int"), Contains("--interval"));
  EXPECT_THAT(zsh("report --int"), Not(Contains("--interval")));
}

TEST(Completion, OfZshOffersModelsAndEvents) {
  EXPECT_THAT(zsh("bench cpp_ep"), Contains("cpp_epoll"));
  EXPECT_THAT(zsh("stat -e context-"), Contains("context-switches"));
}

}  // namespace
