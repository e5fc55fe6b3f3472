// Calls out of the ordinary: signal returns, 32-bit calls, unknown numbers, io_uring, too many
// errnos.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <numeric>
#include <string>

#include "tests/kernel/actor.hpp"
#include "tests/support/requirement.hpp"
#include "tracer/collector.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::Calls;
using kernel_test::calls_of;
using kernel_test::errors_of;
using kernel_test::with_command;
using msgstat::Collector;
using msgstat::Window;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Window measure(Actor& actor, const std::string& command) {
  Collector collector = Collector::process(actor.pid(), {.events = {"task-clock"}});
  collector.open();
  actor.obey(command);
  return collector.close();
}

TEST(OddCalls, SignalReturnsHaveTheirName) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  const Window window = measure(actor, "signals 499");
  EXPECT_EQ(calls_of(window), with_command({{"getpid", 1},
                                            {"gettid", 1},
                                            {"rt_sigaction", 1},
                                            {"tgkill", 499},
                                            {"rt_sigreturn", 499}}));
  EXPECT_THAT(errors_of(window), IsEmpty());
}

// What rt_sigreturn restores is the interrupted call's EINTR: no error of its own.
TEST(OddCalls, InterruptedCallsAreErrorsAndTheirSignalReturnsAreNot) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  const Window window = measure(actor, "interrupted 41");
  EXPECT_EQ(calls_of(window), with_command({{"rt_sigaction", 1},
                                            {"rt_sigprocmask", 2},
                                            {"timer_create", 1},
                                            {"timer_settime", 41},
                                            {"ppoll", 41},
                                            {"rt_sigreturn", 41},
                                            {"timer_delete", 1}}));
  EXPECT_EQ(errors_of(window), (std::map<std::string, Calls>{{"ppoll", {{"ERESTARTNOHAND", 41}}}}));
}

TEST(OddCalls, UnknownNumbersAreCounted) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  const Window window = measure(actor, "calls 505 13 5000 17 -1 19");
  EXPECT_EQ(calls_of(window), with_command({{"syscall_505", 13}, {"unknown", 17 + 19}}));
  EXPECT_EQ(errors_of(window), (std::map<std::string, Calls>{{"syscall_505", {{"ENOSYS", 13}}},
                                                             {"unknown", {{"ENOSYS", 17 + 19}}}}));
}

#if defined(__x86_64__)
TEST(OddCalls, TheNumberIsTheLowHalfOfItsRegister) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  const std::string number = std::to_string((1L << 32) + SYS_getppid);
  EXPECT_EQ(calls_of(measure(actor, "calls " + number + " 13")), with_command({{"getppid", 13}}));
}

TEST(OddCalls, Of32BitsAreCountedApartAndSaid) {
  SKIP_UNLESS(support::bpf());
  SKIP_UNLESS(kernel_test::compat32());
  Actor actor;
  const Window window = measure(actor, "compat 211");
  EXPECT_EQ(calls_of(window), with_command({{"compat32:getppid", 211}, {"compat32:close", 211}}));
  EXPECT_EQ(errors_of(window),
            (std::map<std::string, Calls>{{"compat32:close", {{"EBADF", 211}}}}));
  EXPECT_THAT(window.blind_spots, ElementsAre(HasSubstr("422 calls came by the 32-bit interface")));
}
#endif

TEST(OddCalls, IoUringIsABlindSpot) {
  SKIP_UNLESS(support::bpf());
  SKIP_UNLESS(kernel_test::io_uring());
  Actor actor;
  const Window window = measure(actor, "uring 61");
  // The kernel takes the closed ring down by way of its owner, whose next read it may interrupt
  // and restart: a second call.
  const std::uint64_t restarted = errors_of(window)["read"]["ERESTARTSYS"];
  EXPECT_LE(restarted, 1U);
  EXPECT_EQ(calls_of(window), with_command({{"io_uring_setup", 1},
                                            {"read", restarted},
                                            {"io_uring_enter", 61},
                                            {"mmap", 3},
                                            {"munmap", 3},
                                            {"close", 1}}));
  EXPECT_THAT(window.blind_spots, ElementsAre(HasSubstr("io_uring is in use")));
}

// 11 calls with 4095 errnos each are more than the map of errnos holds.
TEST(OddCalls, ErrnosThatFindNoRoomAreLossAndStillErrors) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  actor.obey("restrict");
  const Window window = measure(actor, "errnos 400 410");
  std::uint64_t errors = 0;
  std::uint64_t named = 0;
  for (const auto& call : *window.syscalls) {
    errors += call.errors;
    for (const auto& [error, count] : call.errors_by_errno) named += count;
  }
  EXPECT_EQ(errors, 11 * 4095U);
  EXPECT_LT(named, errors);
  EXPECT_EQ(window.loss->map_full, errors - named);
}

}  // namespace
