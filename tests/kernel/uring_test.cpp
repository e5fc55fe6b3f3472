// Entries of io_uring by opcode: a program hands over prime numbers of them
// (tests/kernel/programs/uring.c); a window holds those, not one more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/kernel/actor.hpp"
#include "tests/support/process.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"

namespace {

using kernel_test::calls_getppid;
using kernel_test::test_program;
using msgstat::Collector;
using msgstat::Window;
using ::testing::Contains;
using ::testing::HasSubstr;
using Entries = std::map<std::string, std::uint64_t>;

Entries entries_of(const Window& window) {
  Entries entries;
  for (const auto& count : window.uring.value()) entries[count.operation] += count.entries;
  return entries;
}

class UringProgram {
 public:
  explicit UringProgram(const std::string& mode) : child_({test_program("uring"), mode}) {
    is_ready_ = child_.read_line() == "ready";
  }
  [[nodiscard]] bool is_ready() const { return is_ready_; }
  [[nodiscard]] pid_t pid() const { return child_.pid(); }
  void tell() { child_.write("go\n"); }
  [[nodiscard]] bool has_done() { return child_.read_line() == "done"; }

 private:
  support::Child child_;
  bool is_ready_ = false;
};

class Uring : public testing::TestWithParam<const char*> {};

TEST_P(Uring, EntriesAreCountedByOpcode) {
  SKIP_UNLESS(support::bpf());
  SKIP_UNLESS(kernel_test::io_uring());
  UringProgram program(GetParam());
  UringProgram other("enter");
  SKIP_UNLESS((support::Requirement{std::string("io_uring_") + GetParam(), program.is_ready(), 0,
                                    "io_uring_setup with its flags"}));
  ASSERT_TRUE(other.is_ready());

  Collector collector = Collector::process(program.pid(), {.events = {"task-clock"}});
  const Entries expected = {{"NOP", 7919}, {"READ", 1009}, {"WRITE", 1009},
                            {"SEND", 503}, {"RECV", 503},  {"TIMEOUT", 101}};
  for (int round = 0; round < 3; ++round) {
    program.tell();  // outside of any window
    ASSERT_TRUE(program.has_done());
    collector.open();
    other.tell();
    program.tell();
    ASSERT_TRUE(program.has_done());
    ASSERT_TRUE(other.has_done());
    const Window window = collector.close();
    EXPECT_EQ(entries_of(window), expected) << "round " << round;
    EXPECT_THAT(window.blind_spots, Contains(HasSubstr("io_uring is in use")));
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, Uring, testing::Values("enter", "defer", "sqpoll"),
                         [](const auto& mode) { return std::string(mode.param); });

TEST(UringEntries, OfAProgramWithoutARingAreNone) {
  SKIP_UNLESS(support::bpf());
  kernel_test::Actor actor;
  Collector collector = Collector::process(actor.pid(), {.events = {"task-clock"}});
  collector.open();
  actor.obey(calls_getppid(7));
  const Window window = collector.close();
  ASSERT_TRUE(window.uring.has_value());
  EXPECT_EQ(entries_of(window), Entries{});
  EXPECT_THAT(window.blind_spots, testing::IsEmpty());
}

}  // namespace
