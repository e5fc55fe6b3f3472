// Whoever dies, nothing stays armed: the programs and links are gone by their ids.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/kernel/actor.hpp"
#include "tests/kernel/armed.hpp"
#include "tests/kernel/measured_actor.hpp"
#include "tests/support/requirement.hpp"

namespace {

using kernel_test::Actor;
using kernel_test::alive;
using kernel_test::alive_in_the_end;
using kernel_test::Armed;
using kernel_test::armed_by;
using kernel_test::calls_getppid;
using kernel_test::MeasuredActor;
using kernel_test::test_program;

// At level `counts`: the returns of calls, exits, io_uring's entries; the filter's forks and frees.
constexpr std::size_t kLinks = 5;

void expect_unharmed(Actor& actor) { actor.obey(calls_getppid(7)); }

TEST(Leftover, NoneOfACollectorThatIsKilled) {
  SKIP_UNLESS(support::bpf());
  Actor actor;
  support::Child holder({test_program("holder"), std::to_string(actor.pid())});
  ASSERT_EQ(holder.read_line(), "open");
  const Armed armed = armed_by(holder.pid(), holder.pid());
  ASSERT_GE(armed.programs.size(), kLinks);
  ASSERT_EQ(armed.links.size(), kLinks);
  ASSERT_EQ(alive(armed), armed.programs.size() + armed.links.size());
  holder.send_signal(SIGKILL);
  holder.wait();
  EXPECT_EQ(alive_in_the_end(armed), 0U);
  expect_unharmed(actor);
}

TEST(Leftover, NoLinkOfAWindowThatIsClosed) {
  SKIP_UNLESS(support::bpf());
  MeasuredActor measured;
  const pid_t pid = measured.actor().pid();
  measured.agent().open({});
  Armed armed = armed_by(pid, measured.actor().threads().back());
  ASSERT_EQ(armed.links.size(), kLinks);
  measured.agent().close();
  armed.programs.clear();
  EXPECT_EQ(alive_in_the_end(armed), 0U);
  expect_unharmed(measured.actor());
}

TEST(Leftover, NoneOfAnAgentWhoseProcessIsKilled) {
  SKIP_UNLESS(support::bpf());
  MeasuredActor measured;
  const pid_t pid = measured.actor().pid();
  measured.agent().open({});
  const Armed armed = armed_by(pid, measured.actor().threads().back());
  ASSERT_EQ(armed.links.size(), kLinks);
  measured.actor().child().send_signal(SIGKILL);
  measured.actor().child().wait();
  EXPECT_EQ(alive_in_the_end(armed), 0U);
}

TEST(Leftover, NoneOfAnAgentWhoseControllerGoes) {
  SKIP_UNLESS(support::bpf());
  std::optional<MeasuredActor> measured(std::in_place);
  const pid_t pid = measured->actor().pid();
  measured->agent().open({});
  const Armed armed = armed_by(pid, measured->actor().threads().back());
  ASSERT_EQ(armed.links.size(), kLinks);
  measured->drop_agent();
  EXPECT_EQ(alive_in_the_end(armed), 0U);
  measured->actor().wait_for_threads(1);
  expect_unharmed(measured->actor());
}

// What the target forks in a window lives on after it, and keeps nothing.
TEST(Leftover, NoneInAChildThatOutlivesTheWindow) {
  SKIP_UNLESS(support::bpf());
  MeasuredActor measured;
  measured.agent().open({});
  const Armed armed = armed_by(measured.actor().pid(), measured.actor().threads().back());
  measured.actor().obey("bear");
  measured.actor().wait_for_child();
  measured.agent().close();
  measured.drop_agent();
  EXPECT_EQ(alive_in_the_end(armed), 0U);
  measured.actor().obey("reap");
}

}  // namespace
