// Whoever dies, nothing stays armed: the programs and links are gone by their ids.
#include <bpf/bpf.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/kernel/actor.hpp"
#include "tests/kernel/measured_actor.hpp"
#include "tests/support/descriptor.hpp"
#include "tests/support/requirement.hpp"

namespace {

namespace fs = std::filesystem;
using kernel_test::Actor;
using kernel_test::MeasuredActor;
using kernel_test::test_program;
using support::Descriptor;

// At level `counts`: the returns of calls, exits, io_uring's entries; the filter's forks and frees.
constexpr std::size_t kLinks = 5;

struct Armed {
  std::vector<std::uint32_t> programs;
  std::vector<std::uint32_t> links;
};

// From the fdinfo of every descriptor of a thread (proc(5)): "prog_id:\tN", and for links
// "link_id:\tN".
Armed armed_by(pid_t pid, pid_t tid) {
  Armed armed;
  const fs::path fds = "/proc/" + std::to_string(pid) + "/task/" + std::to_string(tid) + "/fdinfo";
  for (const auto& entry : fs::directory_iterator(fds)) {
    std::ifstream file(entry.path());
    std::string field;
    bool is_link = false;
    std::uint32_t id = 0;
    while (file >> field) {
      if (field == "link_id:" && file >> id) {
        armed.links.push_back(id);
        is_link = true;
      }
      if (field == "prog_id:" && !is_link && file >> id) armed.programs.push_back(id);
    }
  }
  return armed;
}

std::size_t alive(const Armed& armed) {
  std::size_t count = 0;
  for (const auto id : armed.programs) count += Descriptor(bpf_prog_get_fd_by_id(id)).is_open();
  for (const auto id : armed.links) count += Descriptor(bpf_link_get_fd_by_id(id)).is_open();
  return count;
}

// The kernel frees them after a grace period.
std::size_t alive_in_the_end(const Armed& armed) {
  using Clock = std::chrono::steady_clock;
  for (const auto deadline = Clock::now() + std::chrono::seconds(20);
       alive(armed) > 0 && Clock::now() < deadline;)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return alive(armed);
}

void expect_unharmed(Actor& actor) { actor.obey("calls 110 7"); }

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
