// What the command says of itself and of the machine.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "servers/catalog.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/public_command.hpp"
#include "tests/support/requirement.hpp"

namespace {

using Words = std::vector<std::string>;

support::Result msgstat(Words words) {
  words.insert(words.begin(), support::msgstat());
  return support::run(words);
}

TEST(Command, PrintsItsVersion) {
  const auto result = msgstat({"--version"});
  EXPECT_EQ(result.status, support::exited(0));
  EXPECT_TRUE(result.out.starts_with("msgstat ")) << result.out;
}

TEST(Command, HelpsWithEachOfItsSubcommands) {
  const auto all = msgstat({"--help"});
  EXPECT_EQ(all.status, support::exited(0));
  for (const char* name :
       {"bench", "stat", "top", "trial", "compare", "load", "report", "list", "doctor"}) {
    EXPECT_NE(all.out.find(std::string("\n  ") + name), std::string::npos) << name;
    const auto one = msgstat({name, "--help"});
    EXPECT_EQ(one.status, support::exited(0)) << name;
    EXPECT_NE(one.out.find("Usage: msgstat " + std::string(name)), std::string::npos) << one.out;
  }
}

TEST(Command, RefusesWhatItDoesNotKnowInOneLine) {
  for (const Words& words : {Words{}, Words{"nosuch"}, Words{"list"}, Words{"list", "nosuch"},
                             Words{"--nosuch"}, Words{"report"}, Words{"load"}}) {
    const auto result = msgstat(words);
    EXPECT_EQ(result.status, support::exited(2)) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_EQ(result.out, "");
  }
}

TEST(List, ShowsEveryModel) {
  const auto result = msgstat({"list", "models"});
  EXPECT_EQ(result.status, support::exited(0));
  for (const servers::Model& model : servers::catalog())
    EXPECT_NE(("\n" + result.out).find("\n" + std::string(model.name) + " "), std::string::npos)
        << model.name;
}

TEST(List, ShowsTheEventsByTheirPerfNames) {
  const auto result = msgstat({"list", "events"});
  EXPECT_EQ(result.status, support::exited(0));
  for (const char* name : {"context-switches", "page-faults", "cycles"})
    EXPECT_NE(result.out.find(std::string("  ") + name + " "), std::string::npos) << name;
}

TEST(Doctor, FindsThatSystemCallsCanBeCounted) {
  SKIP_UNLESS(support::bpf());
  const auto result = msgstat({"doctor"});
  EXPECT_EQ(result.status, support::exited(0)) << result.out;
  EXPECT_NE(result.out.find("7 of 7 known calls counted"), std::string::npos) << result.out;
}

TEST(Doctor, SaysWhatItTakesWhenPrivilegesAreMissing) {
  SKIP_UNLESS(support::root());
  const support::PublicCommand command;
  const auto result = support::run(
      {"setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=-all", command.path(), "doctor"});
  EXPECT_EQ(result.status, support::exited(1)) << result.out << result.err;
  EXPECT_NE(result.out.find("NO      CAP_BPF"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("setcap"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("System calls cannot be counted here."), std::string::npos);
}

}  // namespace
