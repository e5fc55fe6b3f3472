// The floors of docs/architecture.md: a folder includes only what stands below it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/paths.hpp"

namespace {

using Files = std::map<std::string, std::string>;  // path from the root, text
using testing::ElementsAre;
using testing::IsEmpty;

// The first row that fits a file is its rule. Entries are beginnings of paths; an include that
// begins with one of `system_denied` is named with its '<'.
struct Rule {
  std::string_view folder;
  std::vector<std::string_view> allowed;
  std::vector<std::string_view> system_denied = {};
};

const std::vector<Rule>& rules() {
  static const std::vector<Rule> table{
      {"cli/", {"cli/", "analysis/", "tracer/", "servers/"}, {"<bpf/", "<msgstat/"}},
      // Pure: of what stands below it only the values; no descriptors, no clock, no threads.
      {"analysis/",
       {"analysis/", "tracer/error.hpp", "tracer/window.hpp", "tracer/syscall_name.hpp"},
       {"<bpf/", "<msgstat/", "<perfmon/", "<sys/", "<linux/", "<fcntl.h>", "<chrono>", "<ctime>",
        "<thread>"}},
      // What is installed stands on itself and on the standard library.
      {"tracer/include/msgstat/msgstat.hpp",
       {"tracer/error.hpp", "tracer/window.hpp", "tracer/collector.hpp"},
       {"<"}},
      {"tracer/include/", {}, {"<bpf/", "<linux/"}},
      {"tracer/export.hpp", {}, {"<"}},
      {"tracer/error.hpp", {"tracer/export.hpp"}, {"<bpf/", "<linux/", "<fmt/"}},
      {"tracer/window.hpp",
       {"tracer/futex_use.hpp", "tracer/scheduler_use.hpp"},
       {"<bpf/", "<linux/", "<fmt/"}},
      {"tracer/futex_use.hpp", {"tracer/stack_use.hpp"}, {"<bpf/", "<linux/", "<fmt/"}},
      {"tracer/stack_use.hpp", {}, {"<bpf/", "<linux/", "<fmt/"}},
      {"tracer/scheduler_use.hpp", {"tracer/futex_use.hpp"}, {"<bpf/", "<linux/", "<fmt/"}},
      {"tracer/collector.hpp",
       {"tracer/export.hpp", "tracer/window.hpp"},
       {"<bpf/", "<linux/", "<fmt/"}},
      {"tracer/", {"tracer/", "bpf/abi.h", "bpf/*.skel.h"}, {"<msgstat/"}},
      {"bpf/", {"bpf/"}},
      // A leaf: nothing of msgstat, and a model nothing of the load generator.
      {"servers/load/", {"servers/load/"}, {"<bpf/", "<msgstat/"}},
      {"servers/catalog", {"servers/catalog.hpp"}, {"<bpf/", "<msgstat/"}},
      {"servers/cpp/", {"servers/cpp/"}, {"<bpf/", "<msgstat/"}},
      {"servers/", {}, {"<bpf/", "<msgstat/"}},
  };
  return table;
}

bool is_skeleton(std::string_view include) {
  return include.starts_with("bpf/") && include.ends_with(".skel.h");
}

bool any_begins(std::string_view include, const std::vector<std::string_view>& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [include](std::string_view beginning) {
    return beginning == "bpf/*.skel.h" ? is_skeleton(include) : include.starts_with(beginning);
  });
}

// <x> as written, "x" as a path from the root: one without a folder stands beside `path`.
std::vector<std::string> includes_of(const std::string& path, const std::string& text) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    std::string second;
    words >> first;
    if (first == "#") {
      words >> second;
      first += second;
    }
    if (first != "#include") continue;
    words >> second;
    if (second.starts_with('"')) second = second.substr(1, second.find('"', 1) - 1);
    const bool is_beside = !second.starts_with('<') && second.find('/') == std::string::npos;
    if (is_beside) second.insert(0, path, 0, path.rfind('/') + 1);
    found.push_back(second);
  }
  return found;
}

// One sentence for each include that runs up or across.
std::vector<std::string> mistakes(const Files& files) {
  std::vector<std::string> found;
  std::map<std::string, std::set<std::string>> users_of_skeleton;
  for (const auto& [path, text] : files) {
    const auto rule = std::find_if(rules().begin(), rules().end(), [&path = path](const Rule& row) {
      return path.starts_with(row.folder);
    });
    if (rule == rules().end()) continue;
    for (const std::string& include : includes_of(path, text)) {
      const bool is_bad = include.starts_with('<') ? any_begins(include, rule->system_denied)
                                                   : !any_begins(include, rule->allowed);
      if (is_bad) found.push_back(std::string(path).append(" includes ").append(include));
      if (is_skeleton(include)) {
        users_of_skeleton[include].insert(path);
        if (!path.ends_with(".cpp"))
          found.push_back(std::string(path).append(" is no .cpp and includes ").append(include));
      }
    }
  }
  for (const auto& [skeleton, users] : users_of_skeleton)
    if (users.size() > 1) found.push_back("more than one file includes " + skeleton);
  return found;
}

Files read_tree() {
  namespace fs = std::filesystem;
  const std::set<std::string> extensions{".c", ".h", ".cpp", ".hpp"};
  Files files;
  for (const auto* folder : {"cli", "analysis", "tracer", "bpf", "servers"}) {
    for (const auto& entry :
         fs::recursive_directory_iterator(support::source_directory() / folder)) {
      if (!entry.is_regular_file() || extensions.count(entry.path().extension()) == 0) continue;
      std::ifstream stream(entry.path());
      files[entry.path().lexically_relative(support::source_directory())] =
          std::string(std::istreambuf_iterator<char>(stream), {});
    }
  }
  return files;
}

TEST(Floors, NoIncludeRunsUpOrAcross) {
  const Files files = read_tree();
  EXPECT_EQ(files.count("tracer/collector.cpp"), 1) << "the tree was not read";
  EXPECT_EQ(files.count("bpf/syscalls.bpf.c"), 1) << "the tree was not read";
  EXPECT_THAT(mistakes(files), IsEmpty());
}

TEST(Floors, DownIsAllowed) {
  EXPECT_THAT(mistakes({{"cli/a.cpp", "#include \"analysis/b.hpp\"\n#include \"servers/c.hpp\"\n"},
                        {"analysis/b.hpp", "#include \"tracer/window.hpp\"\n#include <string>\n"},
                        {"tracer/c.cpp", "#include \"bpf/abi.h\"\n#include \"bpf/d.skel.h\"\n"}}),
              IsEmpty());
}

TEST(Floors, UpIsAMistake) {
  EXPECT_THAT(mistakes({{"analysis/a.cpp", "#include \"cli/b.hpp\"\n"}}),
              ElementsAre("analysis/a.cpp includes cli/b.hpp"));
  EXPECT_THAT(mistakes({{"tracer/a.cpp", "  #  include \"analysis/b.hpp\" // why\n"}}),
              ElementsAre("tracer/a.cpp includes analysis/b.hpp"));
  EXPECT_THAT(mistakes({{"bpf/a.bpf.c", "#include \"tracer/fd.hpp\"\n"}}),
              ElementsAre("bpf/a.bpf.c includes tracer/fd.hpp"));
}

TEST(Floors, AcrossIsAMistake) {
  EXPECT_THAT(mistakes({{"servers/load/a.cpp", "#include \"tracer/error.hpp\"\n"}}),
              ElementsAre("servers/load/a.cpp includes tracer/error.hpp"));
  EXPECT_THAT(mistakes({{"servers/cpp/a.cpp", "#include \"servers/load/error.hpp\"\n"}}),
              ElementsAre("servers/cpp/a.cpp includes servers/load/error.hpp"));
  EXPECT_THAT(mistakes({{"tracer/a.cpp", "#include \"servers/catalog.hpp\"\n"}}),
              ElementsAre("tracer/a.cpp includes servers/catalog.hpp"));
}

TEST(Floors, AFloorHasADoor) {
  EXPECT_THAT(mistakes({{"cli/a.cpp", "#include \"bpf/abi.h\"\n"}}),
              ElementsAre("cli/a.cpp includes bpf/abi.h"));
  EXPECT_THAT(mistakes({{"tracer/a.cpp", "#include \"bpf/kernel.h\"\n"}}),
              ElementsAre("tracer/a.cpp includes bpf/kernel.h"));
  EXPECT_THAT(mistakes({{"analysis/a.cpp", "#include <sys/stat.h>\n"}}),
              ElementsAre("analysis/a.cpp includes <sys/stat.h>"));
  EXPECT_THAT(mistakes({{"tracer/collector.hpp", "#include \"tracer/fd.hpp\"\n"}}),
              ElementsAre("tracer/collector.hpp includes tracer/fd.hpp"));
}

TEST(Floors, ASkeletonHasOneUser) {
  EXPECT_THAT(mistakes({{"tracer/a.cpp", "#include \"bpf/x.skel.h\"\n"},
                        {"tracer/b.cpp", "#include \"bpf/x.skel.h\"\n"}}),
              ElementsAre("more than one file includes bpf/x.skel.h"));
  EXPECT_THAT(mistakes({{"tracer/a.hpp", "#include \"bpf/x.skel.h\"\n"}}),
              ElementsAre("tracer/a.hpp is no .cpp and includes bpf/x.skel.h"));
}

}  // namespace
