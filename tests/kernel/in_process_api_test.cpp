// A program that measures itself by each of the interfaces, inside of a window that is attached:
// both hold the same work, so both say the same of the calls that only the work makes.
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "tests/kernel/actor.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"

namespace {

using Words = std::vector<std::string>;

struct Interface {
  const char* name;
  Words command;
};

// What a program says of its own window, and what the one around it says (windowed.h).
struct Figures {
  std::uint64_t getppid = 0;
  std::uint64_t chdir = 0;
  std::uint64_t chdir_enoent = 0;
  std::uint64_t received = 0;
  std::uint64_t getppid_units = 0;
  std::uint64_t getppid_timed = 0;
  double slept_ns = 0;
};

Figures parse(const std::string& said) {
  Figures figures;
  std::istringstream(said) >> figures.getppid >> figures.chdir >> figures.chdir_enoent >>
      figures.received >> figures.getppid_units >> figures.getppid_timed >> figures.slept_ns;
  return figures;
}

Figures figures_of(const msgstat::Window& window) {
  const auto calls = kernel_test::calls_of(window);
  Figures figures{.getppid = calls.at("getppid"), .chdir = calls.at("chdir")};
  figures.chdir_enoent = kernel_test::errors_of(window).at("chdir").at("ENOENT");
  figures.received = window.unit_counts.at(0).count.value();
  figures.getppid_units = window.unit_counts.at(1).count.value();
  for (const auto& call : window.syscalls.value()) {
    if (call.name == "getppid") figures.getppid_timed = call.time.value().calls;
    if (call.name == "nanosleep")
      figures.slept_ns = static_cast<double>(call.time.value().total_ns);
  }
  return figures;
}

class InProcess : public testing::TestWithParam<Interface> {};

TEST_P(InProcess, AgreesWithAWindowThatIsAttached) {
  SKIP_UNLESS(support::bpf());
  const std::string modules = (support::build_directory() / "lib/python3/dist-packages").string();
  support::Child program(GetParam().command, {.env = {{"PYTHONPATH", modules}}});
  ASSERT_EQ(program.read_line(), "ready") << program.wait().err;
  auto attached =
      msgstat::Collector::process(program.pid(), {.events = {"task-clock"},
                                                  .level = msgstat::Level::kLatency,
                                                  .units = {"sock:recv", "syscall:getppid"}});
  attached.open();
  program.write("\n");
  const Figures inside = parse(program.read_line().value_or(""));
  const Figures around = figures_of(attached.close());
  program.write("\n");
  EXPECT_EQ(program.wait().status, support::exited(0));

  EXPECT_EQ(inside.getppid, 10'007U);
  EXPECT_EQ(inside.chdir, 211U);
  EXPECT_EQ(inside.chdir_enoent, 211U);
  EXPECT_EQ(inside.received, 101U);
  EXPECT_EQ(inside.getppid_units, 10'007U);
  EXPECT_EQ(inside.getppid_timed, 10'007U);
  EXPECT_EQ(around.getppid, inside.getppid);
  EXPECT_EQ(around.chdir, inside.chdir);
  EXPECT_EQ(around.chdir_enoent, inside.chdir_enoent);
  EXPECT_EQ(around.received, inside.received);
  EXPECT_EQ(around.getppid_units, inside.getppid_units);
  EXPECT_EQ(around.getppid_timed, inside.getppid_timed);
  // Of three sleeps of 20 ms each has its own reading of the clock, at most its own run apart.
  EXPECT_GE(inside.slept_ns, 60e6);
  EXPECT_NEAR(around.slept_ns, inside.slept_ns, 0.05 * inside.slept_ns);
}

INSTANTIATE_TEST_SUITE_P(
    Each, InProcess,
    testing::Values(Interface{"c", {kernel_test::test_program("windowed_c")}},
                    Interface{"cpp", {kernel_test::test_program("windowed_cpp")}},
                    Interface{"python",
                              {"/usr/bin/python3",
                               support::source_directory() / "tests/kernel/programs/windowed.py"}}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
