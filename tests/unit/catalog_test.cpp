#include "servers/catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "tests/support/paths.hpp"
#include "tests/support/temporary_directory.hpp"

namespace {

using testing::ElementsAre;

const servers::Model kCompiled = {"compiled", "a binary", {"@/compiled"}};
const servers::Model kScript = {"script",
                                "with needs",
                                {"/bin/sh", "-e", "@/sh/echo.sh"},
                                {{"/bin/sh", "dash"}, {"@/sh/library", "libsh"}}};

void touch(const std::filesystem::path& path) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream{path};
}

TEST(Catalog, NamesAreUniqueWordsWithADescription) {
  std::set<std::string_view> names;
  for (const servers::Model& model : servers::catalog()) {
    EXPECT_TRUE(names.insert(model.name).second) << model.name << " is there twice";
    EXPECT_TRUE(std::regex_match(std::string(model.name), std::regex("[a-z][a-z0-9_]*")))
        << model.name;
    EXPECT_FALSE(model.description.empty()) << model.name;
    EXPECT_FALSE(model.command.empty()) << model.name;
  }
}

TEST(Catalog, FindsEveryModelByItsName) {
  for (const servers::Model& model : servers::catalog()) {
    EXPECT_EQ(servers::find_model(model.name), &model);
  }
}

TEST(Catalog, SetUpInstallsEveryPackageThatAModelNames) {
  std::set<std::string> installed;
  std::ifstream table(support::source_directory() / "dev.d/packages");
  for (std::string line; std::getline(table, line);) {
    installed.insert(line.substr(0, line.find(' ')));
  }
  for (const servers::Model& model : servers::catalog()) {
    for (const servers::Model::Need& need : model.needs) {
      std::istringstream packages{std::string(need.package)};
      for (std::string package; packages >> package;) {
        EXPECT_TRUE(installed.contains(package)) << model.name << " needs " << package;
      }
    }
  }
}

TEST(Catalog, FindsNothingByAnotherName) { EXPECT_EQ(servers::find_model("nonesuch"), nullptr); }

TEST(CommandLine, PutsTheModelsDirectoryBeforeItsFilesOnly) {
  EXPECT_THAT(servers::command_line(kScript, "/models", "127.0.0.1", 0, 4096),
              ElementsAre("/bin/sh", "-e", "/models/sh/echo.sh", "127.0.0.1", "0", "4096"));
}

TEST(Missing, IsNothingWhenAllIsThere) {
  const support::TemporaryDirectory models;
  touch(models / "sh/echo.sh");
  touch(models / "sh/library");
  EXPECT_FALSE(servers::missing(kScript, models.path()));
}

TEST(Missing, NamesThePackageOfANeed) {
  const support::TemporaryDirectory models;
  touch(models / "sh/echo.sh");
  const auto missing = servers::missing(kScript, models.path());
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->what, models / "sh/library");
  EXPECT_EQ(missing->package, "libsh");
}

TEST(Missing, NamesTheServerItselfWithoutAPackage) {
  const support::TemporaryDirectory models;
  const auto missing = servers::missing(kCompiled, models.path());
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->what, models / "compiled");
  EXPECT_EQ(missing->package, "");
}

}  // namespace
